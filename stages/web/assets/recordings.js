// Uploads: files that were dropped or chosen are sent one after the other; each can be cancelled alone.
"use strict";

const FULL_MS = 3000; // milliseconds before another attempt while too many recordings wait

class Uploads {
  constructor(drop) {
    this.texts = JSON.parse(drop.dataset.texts);
    this.list = document.getElementById("sending");
    this.waiting = [];
    this.busy = false;
    const field = document.getElementById("file");
    field.addEventListener("change", () => {
      this.add(field.files);
      field.value = ""; // the same file may be chosen again
    });
    for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
      drop.addEventListener(name, (event) => {
        event.preventDefault();
        drop.classList.toggle("over", name === "dragenter" || name === "dragover");
        if (name === "drop") this.add(event.dataTransfer.files);
      });
    }
    addEventListener("beforeunload", (event) => this.busy && event.preventDefault());
  }

  add(files) {
    for (const file of files) {
      const upload = new Upload(file, this.texts, (gone) => (this.waiting = this.waiting.filter((one) => one !== gone)));
      this.list.append(upload.element);
      if (file.size > this.texts.limit) upload.fail(this.texts.large.replace("{name}", file.name));
      else this.waiting.push(upload);
    }
    this.work();
  }

  async work() {
    if (this.busy) return;
    this.busy = true;
    while (this.waiting.length) await this.waiting.shift().send();
    this.busy = false;
  }
}

class Upload {
  constructor(file, texts, forget) {
    const add = (name, properties, ...children) => {
      const element = Object.assign(document.createElement(name), properties);
      element.append(...children);
      return element;
    };
    this.file = file;
    this.texts = texts;
    this.state = add("span", { className: "muted numbers", textContent: texts.queued });
    this.part = add("progress", { max: 1, value: 0, ariaLabel: file.name });
    this.wrong = add("p", { className: "wrong", hidden: true });
    this.wrong.setAttribute("role", "alert");
    this.button = add("button", { type: "button", className: "button" });
    this.label("cancel");
    const head = add("div", { className: "line" }, add("strong", { className: "name", textContent: file.name }), this.state);
    this.element = add("li", { className: "upload card" }, head, this.part, this.wrong, add("div", { className: "actions" }, this.button));
    this.button.addEventListener("click", () => {
      forget(this);
      this.gone = true;
      this.element.remove();
      this.request?.abort();
    });
  }

  label(key) {
    this.button.textContent = this.texts[key];
    this.button.ariaLabel = this.texts[`${key}_of`].replace("{name}", this.file.name);
  }

  fail(text) {
    this.wrong.textContent = text;
    this.wrong.hidden = false;
    this.part.hidden = true;
    this.state.textContent = "";
    this.label("dismiss");
  }

  async send() {
    while (!this.gone) {
      const answer = await this.attempt();
      if (answer.status === 429) {
        this.state.textContent = this.texts.full;
        await new Promise((ready) => setTimeout(ready, FULL_MS));
        continue;
      }
      if (answer.status === 201) this.element.remove(); // it is in the list below now
      else if (!this.gone) this.fail(answer.response?.error ?? this.texts.failed);
      return;
    }
  }

  attempt() {
    const request = (this.request = new XMLHttpRequest());
    const begun = performance.now();
    request.open("PUT", `/recordings?name=${encodeURIComponent(this.file.name)}`);
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => {
      const left = ((performance.now() - begun) / 1000) * (total / loaded - 1);
      const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" }).format(loaded / total);
      const parts = [this.texts.sending.replace("{part}", percent)];
      if (left >= 1) parts.push(this.texts.left.replace("{time}", emobotClock(Math.round(left))));
      this.part.value = loaded / total;
      this.state.textContent = parts.join(" · ");
    };
    return new Promise((ready) => {
      request.onloadend = () => ready(request);
      request.send(this.file);
    });
  }
}

function prepareDrop() {
  const drop = document.getElementById("drop");
  if (!drop) return setTimeout(prepareDrop, 200);
  new Uploads(drop);
}

document.addEventListener("DOMContentLoaded", prepareDrop);
