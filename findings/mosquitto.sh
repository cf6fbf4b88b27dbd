# Sourced by the findings about Mosquitto: start_broker LINE... listens on $port until the script ends.
start_broker() {
  debian mosquitto
  port=$(/usr/bin/python3 -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])")
  printf '%s\n' "listener $port 127.0.0.1" "allow_anonymous true" "$@" > "$temp/broker.conf"
  PATH=$PATH:/usr/sbin mosquitto -c "$temp/broker.conf" >"$temp/broker.log" 2>&1 &
  broker=$!
  trap 'kill "$broker" 2>/dev/null || true; rm -rf "$temp"' EXIT
  for _ in $(seq 100); do (: < "/dev/tcp/127.0.0.1/$port") 2>/dev/null && return; sleep 0.1; done
  echo "expected a broker on port $port, found none"; exit 2
}
