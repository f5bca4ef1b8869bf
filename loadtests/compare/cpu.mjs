// node cpu.mjs <one measurement> <milliseconds of CPU time>: the measurement with what a request took of the CPU
import { readFileSync } from 'node:fs';

const [file, cpu] = process.argv.slice(2);
const row = JSON.parse(readFileSync(file, 'utf8'));
console.log(JSON.stringify({ ...row, cpu_us_per_request: (Number(cpu) * 1000) / row.requests }));
