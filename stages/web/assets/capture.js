// Snapshots and clips of a camera: asks the server for them and saves the file.
"use strict";

const CLIP_S = 10;

function prepareCapture() {
  if (!document.getElementById("content")) return setTimeout(prepareCapture, 200);
  const sign = document.getElementById("capture");
  if (!sign) return; // this page may not
  const texts = JSON.parse(sign.dataset.texts);
  const [photo, clip] = ["snapshot", "clip"].map((id) => document.getElementById(id));
  const take = async (what, signal) => {
    let answer, body;
    try {
      answer = await fetch(`/cameras/${sign.dataset.of}/${what}`, { method: "POST", signal });
      body = await (answer.ok ? answer.blob() : answer.json());
    } catch (error) {
      return error.name === "AbortError" ? texts.clip_stopped : texts.capture_failed;
    }
    if (!answer.ok) return body.error;
    const name = /filename="(.*)"/.exec(answer.headers.get("content-disposition"))[1];
    const address = URL.createObjectURL(body);
    Object.assign(document.createElement("a"), { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
    return texts.capture_done.replace("{name}", name);
  };
  photo.addEventListener("click", async () => (sign.textContent = await take("snapshot")));
  let stop = null;
  clip.addEventListener("click", async () => {
    if (stop) return stop.abort();
    stop = new AbortController();
    sign.textContent = texts.clip_begun;
    const begun = performance.now();
    const tick = () => {
      const left = Math.max(0, Math.ceil(CLIP_S - (performance.now() - begun) / 1000));
      clip.textContent = texts.clip_stop.replace("{left}", left);
    };
    tick();
    const timer = setInterval(tick, 250);
    sign.textContent = await take("clip", stop.signal);
    clearInterval(timer);
    clip.textContent = texts.clip;
    stop = null;
  });
}

document.addEventListener("DOMContentLoaded", prepareCapture);
