#!/usr/bin/env bash
# EarlyStopping with restore_best_weights takes back the averaged weights of use_ema.
. "$(dirname "$0")/common.sh"
python_with keras==3.15.1 jax==0.10.2 jaxlib==0.10.2 numpy==2.4.6
cat > "$temp/run.py" <<'END'
import keras
import numpy as np

# One weight, which 12 steps take from 0 towards 4. It gets better with each epoch, so the best one is the last.
ONES, TRUTH = np.ones((32, 1), "float32"), np.full((32, 1), 4, "float32")


def stopping():
    return keras.callbacks.EarlyStopping(monitor="val_loss", patience=9, restore_best_weights=True)


def swapping():
    return keras.callbacks.SwapEMAWeights(swap_on_epoch=True)


for callbacks in ((), (stopping,), (swapping, stopping), (stopping, swapping)):
    weight = keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros")
    model = keras.Sequential([keras.Input((1,)), weight])
    model.compile(keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.9), loss="mse")
    history = model.fit(
        ONES, TRUTH, batch_size=8, epochs=3, verbose=0, validation_data=(ONES, TRUTH),
        callbacks=[callback() for callback in callbacks],
    )
    final = model.evaluate(ONES, TRUTH, verbose=0)
    print(f"{weight.get_weights()[0][0, 0]:.2f}, val_loss {history.history['val_loss'][-1]:.2f}, loss {final:.2f}")
END
run_python KERAS_HOME="$temp/keras" KERAS_BACKEND=jax JAX_PLATFORMS=cpu
same "weight after fit, validation of the last epoch, and loss after fit" "2.41, val_loss 0.08, loss 2.52" "$(line 1)"
same "with EarlyStopping" "3.73, val_loss 0.08, loss 0.08" "$(line 2)"
same "with SwapEMAWeights, then EarlyStopping" "2.41, val_loss 2.52, loss 2.52" "$(line 3)"
same "with EarlyStopping, then SwapEMAWeights" "3.73, val_loss 2.52, loss 0.08" "$(line 4)"
verdict
