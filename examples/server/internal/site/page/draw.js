// Draws what was found in a photo.
import { el } from "./dom.js";

// bitmap decodes a photo upright; null if the browser cannot.
export async function bitmap(file) {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return null;
  }
}

const colors = { left: "#e13232", down: "#28be50", ahead: "#4f86ff" };

// picture is a canvas with the photo and its faces: boxes, landmarks, axes.
export function picture(image, width, height, faces, label) {
  const most = 960, k = Math.min(1, most / Math.max(width, height)) * (Math.max(width, height) < 480 ? 2 : 1);
  const canvas = el("canvas", { width: Math.round(width * k), height: Math.round(height * k), role: "img", "aria-label": label });
  const g = canvas.getContext("2d");
  if (image) g.drawImage(image, 0, 0, canvas.width, canvas.height);
  const unit = Math.max(canvas.width, canvas.height) / 480;
  faces.forEach((f, i) => draw(g, f, k, unit, faces.length > 1 ? i + 1 : 0, f.color || "#ffd23c"));
  return canvas;
}

function draw(g, f, k, unit, number, color) {
  const at = p => [(p.x + 0.5) * k, (p.y + 0.5) * k];
  g.lineWidth = 2.5 * unit;
  g.strokeStyle = color;
  g.strokeRect(f.box.x * k, f.box.y * k, f.box.width * k, f.box.height * k);
  const [nx, ny] = at(f.landmarks.nose), length = f.box.width * k * 0.6;
  for (const name of ["left", "down", "ahead"]) {
    const x = nx + f.axes[name].x * length, y = ny + f.axes[name].y * length;
    for (const [style, w] of [["#1b1f27", 5.5], [colors[name], 3.5]]) {
      g.strokeStyle = style;
      g.lineWidth = w * unit;
      g.lineCap = "round";
      g.beginPath();
      g.moveTo(nx, ny);
      g.lineTo(x, y);
      g.stroke();
    }
  }
  for (const p of Object.values(f.landmarks)) {
    g.beginPath();
    g.arc(...at(p), 3.6 * unit, 0, 2 * Math.PI);
    g.fillStyle = "#fff";
    g.fill();
    g.lineWidth = 1.4 * unit;
    g.strokeStyle = "#1b1f27";
    g.stroke();
  }
  if (!number) return;
  const size = 20 * unit, x = f.box.x * k, y = Math.max(0, f.box.y * k - size);
  g.fillStyle = color;
  g.fillRect(x, y, size, size);
  g.fillStyle = "#1b1f27";
  g.font = `600 ${14 * unit}px system-ui, sans-serif`;
  g.textAlign = "center";
  g.textBaseline = "middle";
  g.fillText(number, x + size / 2, y + size / 2);
}

// legend says what the axes are.
export function legend() {
  return el("p", { class: "legend" }, el("span", { class: "ahead" }, "where the head looks"), el("span", { class: "left" }, "its side"), el("span", { class: "down" }, "its chin"));
}

// facts are what is known of a face, as a list.
export function facts(f) {
  const low = f.quality < 0.5, bar = el("i", low ? { class: "low" } : {});
  bar.style.width = Math.round(100 * f.quality) + "%";
  const list = el("dl", {},
    el("dt", {}, "Quality"), el("dd", {}, el("span", { class: "meter", "aria-hidden": "true" }, bar), f.quality.toFixed(2)),
    el("dt", {}, "Pose"), el("dd", {}, `yaw ${Math.round(f.pose.yaw)}°, pitch ${Math.round(f.pose.pitch)}°, roll ${Math.round(f.pose.roll)}°`),
    el("dt", {}, "Detector"), el("dd", {}, f.score.toFixed(2)));
  const against = [...f.reasons, ...(f.doubt ? [f.doubt] : [])];
  return [list, against.length ? el("ul", { class: "chips", "aria-label": "What speaks against it" }, ...against.map(r => el("li", {}, r))) : null];
}
