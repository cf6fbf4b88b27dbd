// Client-side functions: draws live frames, uploads files, links a video to its timeline.
"use strict";

const EVERY_MS = 250; // milliseconds between two checks of the frames on the page
const STALE_MS = 2000; // age in milliseconds from which a frame is not shown as live
const LONGEST_WAIT_MS = 5000; // maximum milliseconds between two attempts to connect

// --- pictures ------------------------------------------------------------------------------------------------------

class Pictures {
  constructor() {
    this.asked = new Map(); // camera to the time of the request for its next frame
    this.drawn = new Map(); // camera to the arrival of its last frame
    this.seen = new WeakSet();
    this.visible = new WeakSet();
    this.wait = 250;
    this.observer = new IntersectionObserver((entries) => {
      for (const entry of entries) this.visible[entry.isIntersecting ? "add" : "delete"](entry.target);
    });
    setInterval(() => this.lookOver(), EVERY_MS);
  }

  connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.socket = new WebSocket(`${scheme}://${location.host}/pictures`);
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => {
      this.wait = 250;
      this.asked.clear();
      setLost(false);
      this.lookOver();
    };
    this.socket.onmessage = (event) => this.draw(event.data);
    this.socket.onclose = () => {
      this.socket = null;
      setLost(true);
      setTimeout(() => this.connect(), this.wait);
      this.wait = Math.min(2 * this.wait, LONGEST_WAIT_MS);
    };
  }

  lookOver() {
    const now = performance.now();
    const canvases = document.querySelectorAll("canvas[data-camera]");
    if (canvases.length && !this.socket && !this.started) {
      this.started = true;
      this.connect();
    }
    for (const canvas of canvases) {
      if (!this.seen.has(canvas)) {
        this.seen.add(canvas);
        this.observer.observe(canvas);
      }
      const age = now - (this.drawn.get(canvas.dataset.camera) ?? -Infinity);
      // a hidden page requests no frames
      canvas.parentElement.classList.toggle("stale", age > STALE_MS && !document.hidden);
      if (!this.asked.has(canvas.dataset.camera)) this.ask(canvas);
      // no frame remains after the reader has stopped their camera
      if (canvas.parentElement.dataset.state === "off" && canvas.dataset.pictures) {
        canvas.width = canvas.width;
        delete canvas.dataset.pictures;
      }
    }
  }

  ask(canvas) {
    if (document.hidden || !this.visible.has(canvas) || this.socket?.readyState !== WebSocket.OPEN) return;
    const width = Math.ceil(canvas.clientWidth * Math.min(devicePixelRatio, 2));
    this.asked.set(canvas.dataset.camera, performance.now());
    // bars that are too small to read are left out
    this.socket.send(JSON.stringify({ camera: canvas.dataset.camera, width: width, shown: canvas.clientWidth }));
  }

  async draw(message) {
    const length = new Uint8Array(message, 0, 1)[0];
    const camera = new TextDecoder().decode(new Uint8Array(message, 1, length));
    const jpeg = new Blob([new Uint8Array(message, 1 + length)], { type: "image/jpeg" });
    // it fails where a phone is short of memory; the next frame is asked for all the same
    const image = await createImageBitmap(jpeg).catch(() => null);
    this.asked.delete(camera);
    if (!image) return;
    this.drawn.set(camera, performance.now());
    for (const canvas of document.querySelectorAll("canvas[data-camera]")) {
      if (canvas.dataset.camera !== camera) continue;
      if (canvas.width !== image.width || canvas.height !== image.height) {
        canvas.width = image.width;
        canvas.height = image.height;
      }
      canvas.getContext("2d").drawImage(image, 0, 0);
      canvas.parentElement.classList.remove("stale");
      canvas.dataset.pictures = Number(canvas.dataset.pictures ?? 0) + 1;
      this.ask(canvas);
    }
    image.close();
  }
}

function setLost(lost) {
  document.body.classList.toggle("lost", lost);
  const sign = document.getElementById("lost");
  if (sign) sign.hidden = !lost;
}

// Pages without live pictures use NiceGUI's own connection.
function watchConnection() {
  if (!window.socket) return setTimeout(watchConnection, 100);
  window.socket.on("disconnect", () => setLost(true));
  window.socket.on("connect", () => setLost(false));
}

// --- charts --------------------------------------------------------------------------------------------------------

function emobotColour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

function emobotClock(seconds) {
  const whole = String(Math.floor(seconds % 60)).padStart(2, "0");
  const point = document.documentElement.lang === "fr" ? "," : ".";
  const tenths = Number.isInteger(seconds) ? "" : `${point}${Math.floor((seconds % 1) * 10)}`;
  const minutes = Math.floor(seconds / 60) % 60;
  const hours = Math.floor(seconds / 3600);
  const rest = `${whole}${tenths}`;
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

function emobotSeek(id) {
  const chart = getElement(id)?.chart;
  const video = document.getElementById("video");
  const head = document.getElementById("playhead");
  if (!chart || !video || !head) return setTimeout(() => emobotSeek(id), 100);
  const place = () => {
    const x = chart.convertToPixel({ xAxisIndex: 0 }, 1000 * video.currentTime);
    const [area, below] = [0, 1].map((grid) => chart.getModel().getComponent("grid", grid).coordinateSystem.getRect());
    head.hidden = !(x >= area.x - 1 && x <= area.x + area.width + 1);
    head.style.transform = `translateX(${x}px)`;
    // the title between both grids stays free
    head.style.setProperty("--lanes", `${area.height}px`);
    head.style.setProperty("--lines", `${below.y - area.y}px`);
  };
  chart.getZr().on("click", (event) => {
    const point = [event.offsetX, event.offsetY];
    if (!chart.containPixel({ gridIndex: 0 }, point) && !chart.containPixel({ gridIndex: 1 }, point)) return;
    video.currentTime = Math.max(0, chart.convertFromPixel({ xAxisIndex: 0 }, event.offsetX) / 1000);
  });
  chart.on("datazoom", place);
  for (const event of ["timeupdate", "seeking", "loadedmetadata"]) video.addEventListener(event, place);
  const follow = () => {
    place();
    if (!video.paused) requestAnimationFrame(follow);
  };
  video.addEventListener("play", follow);
  place();
}

// Fields use the reader's time zone, URLs carry UNIX seconds.
function emobotShowTimes() {
  const fields = document.querySelectorAll("input[data-at]");
  if (!fields.length) return setTimeout(emobotShowTimes, 100);
  for (const field of fields) {
    const at = new Date(1000 * Number(field.dataset.at));
    // skip an edited field: this runs at every reconnection
    if (field.dataset.at && !field.value) field.value = new Date(at - 60000 * at.getTimezoneOffset()).toISOString().slice(0, 16);
  }
}

function emobotChooseTimes(event) {
  event.preventDefault();
  const address = new URL(location.href);
  address.searchParams.delete("hours");
  for (const field of event.target.querySelectorAll("input[data-at]")) {
    address.searchParams.set(field.name, new Date(field.value).getTime() / 1000);
  }
  location.assign(address);
}

// A message about a person, with {time} replaced by the reader's local time.
function emobotSince(text, since, exact, dated) {
  const time = new Date(1000 * since);
  const options = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  if (exact) options.second = "2-digit";
  if (dated && time.toDateString() !== new Date().toDateString()) Object.assign(options, { day: "numeric", month: "short" });
  return text.replace("{time}", time.toLocaleString(document.documentElement.lang, options));
}

function sayTimes() {
  for (const name of document.querySelectorAll("[data-since]")) {
    const { since, exact, text } = name.dataset;
    const said = since && emobotSince(text, Number(since), Boolean(exact), true);
    if (said && name.textContent !== said) name.textContent = said;
  }
}

function emobotTick(at) {
  const time = new Date(at);
  const options = time.getHours() || time.getMinutes() ? { timeStyle: "short", hourCycle: "h23" } : { day: "numeric", month: "short" };
  return time.toLocaleString(document.documentElement.lang, options);
}

function emobotMoment(at) {
  return new Date(at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
}

// --- a screen on the wall -------------------------------------------------------------------------------------------

// The screen stays on, and a click or the key F fills it; browsers allow that only after one of these.
function emobotWall() {
  if (window.emobotOnWall) return;
  window.emobotOnWall = true;
  const fill = () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen());
  const stayOn = () => document.hidden || navigator.wakeLock?.request("screen").catch(() => null);
  document.addEventListener("click", (event) => event.target.closest("a") || fill());
  document.addEventListener("keydown", (event) => event.key.toLowerCase() === "f" && !event.ctrlKey && !event.metaKey && fill());
  document.addEventListener("visibilitychange", stayOn);
  stayOn();
}

function findCameras() {
  const wanted = document.getElementById("find")?.value.trim().toLowerCase() ?? "";
  for (const tile of document.querySelectorAll(".tile[data-name]")) {
    tile.classList.toggle("other", !tile.dataset.name.toLowerCase().includes(wanted));
  }
}

// --- the browser's own camera ---------------------------------------------------------------------------------------

const OWN_FPS = 15;

function prepareWebcam() {
  const button = document.getElementById("webcam");
  if (!document.getElementById("content")) return setTimeout(prepareWebcam, 200);
  if (!button) return; // it is another camera's page
  const texts = JSON.parse(button.dataset.texts);
  let end = null;
  const say = (text) => {
    const sign = document.getElementById("webcam-error");
    sign.textContent = text;
    sign.hidden = !text;
  };
  button.addEventListener("click", async () => {
    if (end) return end("");
    if (!navigator.mediaDevices) return say(texts.insecure);
    say("");
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 640 }, height: { ideal: 480 } } });
    } catch (error) {
      return say(texts.denied.replace("{reason}", texts.reasons[error.name] ?? (error.message || error.name)));
    }
    const video = Object.assign(document.createElement("video"), { srcObject: stream, muted: true, playsInline: true });
    const canvas = document.createElement("canvas");
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/webcam`);
    const send = () => {
      // newest frame wins: send no more while the connection still has data to send
      if (socket.readyState !== WebSocket.OPEN || socket.bufferedAmount || !video.videoWidth) return;
      canvas.width = video.videoWidth & ~1;
      canvas.height = video.videoHeight & ~1;
      canvas.getContext("2d").drawImage(video, 0, 0);
      canvas.toBlob((jpeg) => end && jpeg && socket.send(jpeg), "image/jpeg", 0.8);
    };
    const timer = setInterval(send, 1000 / OWN_FPS);
    end = (text) => {
      end = null;
      clearInterval(timer);
      stream.getTracks().forEach((track) => track.stop());
      socket.close();
      button.textContent = texts.start;
      say(text);
    };
    socket.onclose = (event) => end?.(event.code === 1013 ? texts.busy : "");
    button.textContent = texts.stop;
    await video.play();
  });
}

// --- settings -------------------------------------------------------------------------------------------------------

// A field with `data-value` shows the run's value, unless it was edited and its form is not yet answered.
class Fields {
  constructor() {
    this.edited = new Map(); // field to its form's number of answers at the time of the edit
    document.addEventListener("input", ({ target }) => {
      if (target.dataset.value !== undefined) this.edited.set(target, target.form.dataset.answers);
      this.lookOver();
    });
    setInterval(() => this.lookOver(), EVERY_MS);
  }

  lookOver() {
    for (const field of document.querySelectorAll("[data-value]")) {
      if (this.edited.get(field) !== field.form.dataset.answers) {
        this.edited.delete(field);
        if (field.type === "checkbox") field.checked = field.dataset.value === "true";
        else if (field.value !== field.dataset.value) field.value = field.dataset.value;
      }
      if (field.type === "range") {
        const number = this.edited.has(field) ? field.valueAsNumber : Number(field.dataset.value);
        const decimals = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
        field.nextElementSibling.textContent = number.toLocaleString(document.documentElement.lang, decimals);
      }
    }
    for (const form of document.querySelectorAll("form[data-answers]")) {
      form.querySelector("[type=submit]").disabled = ![...form.elements].some((field) => this.edited.has(field));
    }
  }
}

function emobotSubmitted(event) {
  event.preventDefault();
  return emobotValues(event.target);
}

// The address is tried before the other fields are complete.
function emobotTyped(form, emit) {
  if (form.elements.source.reportValidity()) emit(emobotValues(form));
}

function emobotValues(form) {
  const read = (field) => {
    if (field.type === "checkbox") return field.checked;
    if (field.dataset.number !== undefined) return Number(field.value);
    if (field.type !== "number" && field.type !== "range") return field.value;
    return field.value === "" ? null : field.valueAsNumber;
  };
  const fields = [...form.elements].filter((field) => field.name);
  const given = fields.filter((field) =>
    field.dataset.value === undefined ? field.value !== "" : window.emobotFields.edited.has(field),
  );
  return Object.fromEntries(given.map((field) => [field.name, read(field)]));
}

function emobotOpen(id) {
  const dialog = document.getElementById(id);
  dialog.querySelector("form").reset();
  dialog.showModal();
}

window.emobotPictures = new Pictures();
// At once, so that no link is without a name until the next turn; and now and then, because days end.
new MutationObserver(sayTimes).observe(document.documentElement, {
  subtree: true,
  childList: true,
  attributeFilter: ["data-since", "data-text"],
});
setInterval(sayTimes, EVERY_MS);
if (location.pathname === "/") setInterval(findCameras, EVERY_MS);
if (location.pathname === "/settings") window.emobotFields = new Fields();
document.addEventListener("DOMContentLoaded", watchConnection);
if (location.pathname.startsWith("/camera/")) document.addEventListener("DOMContentLoaded", prepareWebcam);
