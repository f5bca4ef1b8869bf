// The run as a picture: good answers and refusals per second, and the memory of the processes.
const width = 720;
const height = 260;
const left = 56;
const bottom = 36;
const top = 40;

export function chart(run) {
  const rows = run.timeline.filter((row) => row.second < run.seconds);
  const most = 1.1 * Math.max(run.offered_per_second, ...rows.map((row) => row.good + row.shed));
  const memory = 1.5 * Math.max(1, ...rows.map((row) => row.rss_mib));
  const x = (second) => left + ((width - 2 * left) * second) / Math.max(1, run.seconds - 1);
  const y = (value, scale) => height - bottom - ((height - bottom - top) * value) / scale;
  const line = (pick, scale, colour, more = '') =>
    `<polyline fill="none" stroke="${colour}" stroke-width="1.5" ${more} points="${rows.map((row) => `${x(row.second).toFixed(1)},${y(pick(row), scale).toFixed(1)}`).join(' ')}"/>`;
  const label = (text, at, colour) => `<text x="${at}" y="22" fill="${colour}">${text}</text>`;
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => `<text x="${left - 6}" y="${(y(part * most, most) + 4).toFixed(1)}" text-anchor="end" fill="#666">${Math.round(part * most)}</text>`);
  const seconds = [0, 1, 2, 3, 4].map((part) => Math.round((part * run.seconds) / 4)).map((second) => `<text x="${x(Math.min(second, run.seconds - 1)).toFixed(1)}" y="${height - bottom + 18}" text-anchor="middle" fill="#666">${second} s</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<rect width="${width}" height="${height}" fill="white"/>
<line x1="${left}" x2="${width - left}" y1="${y(run.peak_per_second, most).toFixed(1)}" y2="${y(run.peak_per_second, most).toFixed(1)}" stroke="#999" stroke-dasharray="4 4"/>
<text x="${width - left + 4}" y="${(y(run.peak_per_second, most) + 4).toFixed(1)}" fill="#666">peak</text>
${ticks.join('\n')}
${seconds.join('\n')}
${line((row) => row.good, most, '#2a7d2a')}
${line((row) => row.shed, most, '#c0392b')}
${line((row) => row.rss_mib, memory, '#2c6fbb', 'stroke-dasharray="2 2"')}
${label('served per second', left, '#2a7d2a')}
${label('refused per second', left + 130, '#c0392b')}
${label(`memory, ${Math.round(Math.max(...rows.map((row) => row.rss_mib)))} MiB at most`, left + 270, '#2c6fbb')}
</svg>
`;
}
