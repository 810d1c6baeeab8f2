// Shows what the service says of an upload: POST /inspect gives scores and spikes of every time step.

const shownClasses = 10;
const stepMilliseconds = 600;
const lookMilliseconds = 3000;

const at = id => document.getElementById(id);
const whole = new Intl.NumberFormat("en");
const short = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
const percent = new Intl.NumberFormat("en", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const calm = matchMedia("(prefers-reduced-motion: reduce)");

let inspection = null;
let playing = 0;
let latest = 0;
let asked = null;

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

async function describeModel() {
  let health = null;
  try {
    const response = await fetch("health");
    // What stands in the way, such as too many requests, has no models to tell of.
    health = response.ok || response.status === 503 ? await response.json() : null;
  } catch {
    at("model").textContent = "The service does not answer.";
  }
  if (health?.pictures) {
    at("model").textContent =
      `The model knows ${health.pictures.classes} classes and looks at a picture for ${health.pictures.timeSteps} time steps.`;
  } else if (health) {
    at("model").replaceChildren(
      "There is no model of pictures yet. To make one, run this in the repository's folder: ",
      element("code", { textContent: "dotnet run -c Release --project src/Samples/TrainAndScore" }),
      ". The service takes it as soon as it is there, and this page says so; nothing needs to be started again.");
  }
  if (health?.recordings) {
    at("model").append(` ${health.pictures ? "Another one" : "A model"} knows ${health.recordings.classes} classes of recordings of an event camera.`);
    at("drop").querySelector("strong").textContent = "Drop a picture or a recording here";
    at("file").accept = "";
  }
  if (!health?.pictures)
    setTimeout(describeModel, lookMilliseconds);
}

async function inspect(file) {
  const request = ++latest;
  asked = file;
  stop();
  showPreview(file);
  at("message").hidden = true;
  at("drop").classList.add("busy");
  try {
    const headers = { "Content-Type": "application/octet-stream" };
    if (at("key").value)
      headers["X-Api-Key"] = at("key").value;
    const response = await fetch("inspect", { method: "POST", body: file, headers });
    const answer = await response.json();
    if (request !== latest)
      return;
    at("access").hidden = response.status !== 401;
    if (response.ok)
      show(answer);
    else
      refuse(answer.detail ?? answer.title);
  } catch {
    if (request === latest)
      refuse("The service does not answer, or the file is too large.");
  } finally {
    if (request === latest)
      at("drop").classList.remove("busy");
  }
}

function showPreview(file) {
  const preview = at("preview");
  URL.revokeObjectURL(preview.src);
  preview.src = URL.createObjectURL(file);
  preview.alt = `Your file: ${file.name}`;
  preview.hidden = false;
  preview.onerror = () => { preview.hidden = true; };
}

function refuse(reason) {
  inspection = null;
  for (const id of ["answer", "work", "spikes"])
    at(id).hidden = true;
  at("message").textContent = reason;
  at("message").hidden = false;
}

function show(answer) {
  inspection = answer;
  for (const id of ["answer", "work", "spikes"])
    at(id).hidden = false;
  at("label").textContent = answer.result.label;
  at("step").max = answer.stepScores.length;
  makeScores(answer);
  makeOperations(answer);
  makeLayers(answer);
  if (calm.matches)
    showStep(answer.stepScores.length);
  else
    play();
}

function play() {
  stop();
  showStep(1);
  at("play").textContent = "Stop";
  playing = setInterval(() => {
    const step = Number(at("step").value);
    if (step < inspection.stepScores.length)
      showStep(step + 1);
    if (step + 1 >= inspection.stepScores.length)
      stop();
  }, stepMilliseconds);
}

function stop() {
  clearInterval(playing);
  playing = 0;
  at("play").textContent = "Play";
}

function showStep(step) {
  at("step").value = step;
  at("stepText").textContent = `${step} of ${inspection.stepScores.length}`;
  for (const row of at("scores").children) {
    const score = inspection.stepScores[step - 1][row.dataset.index];
    row.querySelector(".track div").style.width = `${100 * score}%`;
    row.querySelector(".value").textContent = percent.format(score);
  }
  for (const panel of document.querySelectorAll(".panel")) {
    panel.classList.toggle("now", Number(panel.dataset.step) === step);
    panel.classList.toggle("later", Number(panel.dataset.step) > step);
  }
}

function bar(name, kind, value = "") {
  return element("li", {},
    element("span", { className: "name", textContent: name, title: name }),
    element("span", { className: "value", textContent: value }),
    element("div", { className: "track" }, element("div", { className: kind })));
}

function makeScores({ classes, stepScores, result }) {
  const last = stepScores.at(-1);
  const order = classes.map((_, index) => index).sort((a, b) => last[b] - last[a]).slice(0, shownClasses);
  at("scores").replaceChildren(...order.map(index => {
    const row = bar(classes[index], "score");
    row.append(row.querySelector(".value"));
    row.dataset.index = index;
    row.classList.toggle("best", classes[index] === result.label);
    return row;
  }));
}

function makeOperations({ result, multiplyAdds, denseMultiplyAdds, denseEnergyNanojoules, layers, stepScores }) {
  const rows = [
    ["Additions, because of spikes", "spike", result.additions],
    ["Multiply-adds: input and neurons", "score", multiplyAdds],
    ["Multiply-adds of a dense network", "dense", denseMultiplyAdds],
  ];
  const most = Math.max(...rows.map(([, , count]) => count));
  at("operations").replaceChildren(...rows.map(([name, kind, count]) => {
    const row = bar(name, kind, short.format(count));
    row.querySelector(".track div").style.width = `${100 * count / most}%`;
    return row;
  }));

  const ratio = denseEnergyNanojoules / result.energyNanojoules;
  at("verdict").textContent = ratio >= 1
    ? `About ${ratio.toFixed(1)} times less energy than one pass of a dense network of the same shape.`
    : `About ${(1 / ratio).toFixed(1)} times more energy than one pass of a dense network of the same shape.`;

  const neurons = layers.reduce((sum, layer) => sum + layer.channels * layer.height * layer.width, 0);
  const figures = [
    ["Energy, spiking", `${whole.format(Math.round(result.energyNanojoules))} nJ`],
    ["Energy, dense", `${whole.format(Math.round(denseEnergyNanojoules))} nJ`],
    ["Neurons", whole.format(neurons)],
    ["Spikes", whole.format(result.spikes)],
    ["Neurons that fire in a step", percent.format(result.spikes / (neurons * stepScores.length))],
  ];
  at("figures").replaceChildren(...figures.flatMap(([name, value]) =>
    [element("dt", { textContent: name }), element("dd", { textContent: value })]));
}

function makeLayers({ layers, stepScores }) {
  at("layers").replaceChildren(...layers.map(layer => {
    const neurons = layer.channels * layer.height * layer.width;
    const rate = layer.spikeCounts.reduce((sum, count) => sum + count, 0) / (neurons * stepScores.length);
    const shape = layer.height * layer.width > 1
      ? `${layer.channels} channels of ${layer.height} × ${layer.width}` : `${layer.channels} neurons`;
    const panels = element("div", { className: "panels" }, ...layer.fired.map((bits, step) => {
      const panel = element("figure", { className: "panel" },
        draw(layer, bits, `${nameOf(layer.name)}, step ${step + 1}: ${layer.spikeCounts[step]} of ${neurons} neurons fire`),
        element("figcaption", { textContent: `step ${step + 1}: ${whole.format(layer.spikeCounts[step])} spikes` }));
      panel.dataset.step = step + 1;
      return panel;
    }));
    return element("div", { className: "layer" },
      element("h3", { textContent: nameOf(layer.name), title: layer.name },
        element("span", { textContent: shape }), element("span", { textContent: `${percent.format(rate)} fire in a step` })),
      panels);
  }));
}

// The network's own names, stages.0.1.2.neuron, say where a layer is in the program; these say it in the page.
function nameOf(layer) {
  const [, stage, block, neuron] = /^stages\.(\d+)\.(\d+)\.(\d+)\.neuron$/.exec(layer) ?? [];
  if (stage)
    return `Stage ${Number(stage) + 1}, block ${Number(block) + 1}, layer ${neuron}`;
  return { "stem.neuron": "Stem", "head.hidden.neuron": "Hidden layer" }[layer] ?? layer;
}

// A tile a channel, a pixel a neuron, a line between tiles; about twice as wide as high.
function draw({ channels, height, width }, base64, description) {
  const gap = height * width > 1 ? 1 : 0;
  const columns = evenColumns(channels, Math.sqrt(2 * channels * (height + gap) / (width + gap)));
  const rows = channels / columns;
  const canvas = element("canvas", { width: columns * (width + gap) - gap, height: rows * (height + gap) - gap });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", description);

  const context = canvas.getContext("2d");
  const bytes = Uint8Array.from(atob(base64), character => character.charCodeAt(0));
  const paint = (color, wanted) => {
    context.fillStyle = color;
    for (let neuron = 0; neuron < channels * height * width; neuron++) {
      if ((bytes[neuron >> 3] >> (neuron & 7) & 1) === wanted) {
        const channel = Math.floor(neuron / (height * width)), pixel = neuron % (height * width);
        context.fillRect(
          channel % columns * (width + gap) + pixel % width,
          Math.floor(channel / columns) * (height + gap) + Math.floor(pixel / width), 1, 1);
      }
    }
  };
  paint(resolve("--track"), 0);
  paint(resolve("--spike"), 1);
  return canvas;
}

// The number of columns nearest to the one wanted that leaves no row unfilled.
function evenColumns(count, wanted) {
  const distance = columns => Math.abs(Math.log(columns / wanted));
  let best = count;
  for (let columns = 1; columns < count; columns++) {
    if (count % columns === 0 && distance(columns) < distance(best))
      best = columns;
  }
  return best;
}

// The color that a variable has in the present scheme: a canvas does not know light-dark().
function resolve(variable) {
  const probe = element("span");
  probe.style.color = `var(${variable})`;
  document.body.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
}

function take(files) {
  if (files?.length)
    inspect(files[0]);
}

at("file").addEventListener("change", event => {
  take(event.target.files);
  // So that the same file can be chosen again.
  event.target.value = "";
});
at("access").addEventListener("submit", event => {
  event.preventDefault();
  inspect(asked);
});
at("step").addEventListener("input", event => {
  stop();
  showStep(Number(event.target.value));
});
at("play").addEventListener("click", () => playing ? stop() : play());
document.addEventListener("paste", event => take(event.clipboardData?.files));
document.addEventListener("dragover", event => {
  event.preventDefault();
  at("drop").classList.add("over");
});
document.addEventListener("dragleave", () => at("drop").classList.remove("over"));
document.addEventListener("drop", event => {
  event.preventDefault();
  at("drop").classList.remove("over");
  take(event.dataTransfer?.files);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  if (inspection) {
    makeLayers(inspection);
    showStep(Number(at("step").value));
  }
});

describeModel();
