"use strict"; // A device that turns: triangles in the colours of a field, painted from back to front on a plain canvas.
(() => {
  const scene = JSON.parse(document.getElementById("device").textContent);
  const box = document.getElementById("viewer");
  const canvas = box.querySelector("canvas");
  const pick = box.querySelector("select");
  const slide = box.querySelector("input");
  const legend = box.querySelector("figcaption");
  const paper = canvas.getContext("2d");
  const view = { turn: -0.6, tilt: 1.1, zoom: 1 };

  const numbers = (text, kind) => new kind(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  const regions = scene.regions.map((region) => ({
    name: region.name,
    offset: region.offset,
    middle: region.middle,
    points: numbers(region.points, Float32Array),
    corners: numbers(region.triangles, Uint32Array),
    sheet: region.sheet, // an interface
    fields: Object.fromEntries(Object.entries(region.fields).map(([k, x]) => [k, numbers(x, Float32Array)])),
  }));
  scene.fields.forEach((field, index) => pick.add(new Option(field.label, index)));

  const colour = (field, value, light) => {
    const shade = (rgb) => `rgb(${rgb.map((x) => Math.round(light * x)).join(",")})`;
    if (!Number.isFinite(value)) return shade([221, 221, 221]);
    const map = scene.colours[field.colours];
    const part = (value - field.low) / (field.high - field.low || 1);
    const place = Math.min(Math.max(part, 0), 1) * (map.length - 1);
    const low = Math.min(Math.floor(place), map.length - 2);
    return shade(map[low].map((x, i) => x + (place - low) * (map[low + 1][i] - x)));
  };

  // right, up, to the eye
  const axes = () => {
    const [s, c, u, v] = [Math.sin(view.turn), Math.cos(view.turn), Math.sin(view.tilt), Math.cos(view.tilt)];
    return [[c, -s, 0], [s * v, c * v, u], [-s * u, -c * u, v]];
  };
  const dot = (a, x, y, z) => a[0] * x + a[1] * y + a[2] * z;

  const seen = (region, field, eye) => {
    const apart = Number(slide.value);
    const count = region.points.length / 3;
    const at = new Float32Array(3 * count);
    for (let n = 0; n < count; n++) {
      const p = [0, 1, 2].map((i) => region.points[3 * n + i] + apart * region.offset[i]);
      eye.forEach((axis, i) => { at[3 * n + i] = dot(axis, ...p); });
    }
    const found = [];
    const values = region.fields[field];
    if (region.sheet && !values) return found;
    for (let t = 0; t < region.corners.length; t += 3) {
      const [a, b, c] = [region.corners[t], region.corners[t + 1], region.corners[t + 2]];
      const [ux, uy, uz] = [0, 1, 2].map((i) => at[3 * b + i] - at[3 * a + i]);
      const [vx, vy, vz] = [0, 1, 2].map((i) => at[3 * c + i] - at[3 * a + i]);
      const facing = ux * vy - uy * vx;
      if (facing <= 0 && !region.sheet) continue; // seen from behind
      const size = Math.hypot(uy * vz - uz * vy, uz * vx - ux * vz, facing);
      found.push({
        depth: (at[3 * a + 2] + at[3 * b + 2] + at[3 * c + 2]) / 3 + (region.sheet ? 0.03 : 0), // before its region
        corners: [a, b, c].map((n) => [at[3 * n], at[3 * n + 1]]),
        value: values ? (values[a] + values[b] + values[c]) / 3 : NaN,
        light: 0.62 + 0.38 * Math.abs(facing) / size,
      });
    }
    return found;
  };

  const draw = () => {
    const field = Number(pick.value);
    const ratio = window.devicePixelRatio || 1;
    canvas.width = canvas.clientWidth * ratio;
    canvas.height = canvas.clientHeight * ratio;
    const eye = axes();
    const triangles = regions.flatMap((region) => seen(region, field, eye)).sort((a, b) => a.depth - b.depth);
    view.fit ??= [0, 1].map((i) => Math.max(...triangles.map((t) => Math.abs(t.corners[0][i])), 0.1));
    const scale = 0.43 * view.zoom * Math.min(canvas.width / view.fit[0], canvas.height / view.fit[1]);
    const place = ([x, y]) => [canvas.width / 2 + scale * x, canvas.height / 2 - scale * y];
    paper.clearRect(0, 0, canvas.width, canvas.height);
    for (const triangle of triangles) {
      paper.beginPath();
      for (const corner of triangle.corners) paper.lineTo(...place(corner));
      paper.closePath();
      paper.fillStyle = paper.strokeStyle = colour(scene.fields[field], triangle.value, triangle.light);
      paper.fill();
      paper.stroke(); // closes the seams
    }
    regions.filter((region) => !region.sheet).forEach((region) => named(region, place(middle(region, eye)), ratio));
    tripod(eye, ratio);
    explain(scene.fields[field]);
    canvas.dataset.triangles = triangles.length;
  };

  const middle = (region, eye) => {
    const apart = Number(slide.value);
    return eye.slice(0, 2).map((axis) => dot(axis, ...region.middle.map((x, i) => x + apart * region.offset[i])));
  };

  const named = (region, [x, y], ratio) => {
    paper.font = `bold ${14 * ratio}px sans-serif`;
    paper.textAlign = "center";
    paper.strokeStyle = "#ffffff";
    paper.lineWidth = 3 * ratio;
    paper.strokeText(region.name, x, y);
    paper.fillStyle = "#222222";
    paper.fillText(region.name, x, y);
    paper.textAlign = "left";
    paper.lineWidth = 1;
  };

  const tripod = (eye, ratio) => {
    const [x0, y0, long] = [45 * ratio, canvas.height - 45 * ratio, 30 * ratio];
    paper.font = `${13 * ratio}px sans-serif`;
    paper.fillStyle = paper.strokeStyle = "#222222";
    ["x", "y", "z"].forEach((name, i) => {
      const [x, y] = [x0 + long * eye[0][i], y0 - long * eye[1][i]];
      paper.beginPath();
      paper.moveTo(x0, y0);
      paper.lineTo(x, y);
      paper.stroke();
      paper.fillText(name, x + 0.3 * (x - x0) - 4 * ratio, y + 0.3 * (y - y0) + 4 * ratio);
    });
  };

  const explain = (field) => {
    const map = scene.colours[field.colours];
    const stops = map.map((rgb) => `rgb(${rgb.join(",")})`).join(",");
    const [low, bar, high] = legend.querySelectorAll("span");
    low.textContent = field.low.toPrecision(4);
    bar.style.background = `linear-gradient(to right, ${stops})`;
    high.textContent = `${field.high.toPrecision(4)} ${field.unit}`;
  };

  canvas.addEventListener("pointermove", (event) => {
    if (!event.buttons) return;
    view.turn += 0.01 * event.movementX;
    view.tilt = Math.min(Math.max(view.tilt - 0.01 * event.movementY, 0), Math.PI);
    draw();
  });
  canvas.addEventListener("pointerdown", (event) => canvas.setPointerCapture(event.pointerId));
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    view.zoom = Math.min(Math.max(view.zoom * Math.exp(-0.001 * event.deltaY), 0.3), 20);
    draw();
  }, { passive: false });
  pick.addEventListener("change", draw);
  slide.addEventListener("input", draw);
  window.addEventListener("resize", draw);
  draw();
})();
