// Writes the repository of models and a request of each kind for each case: node prepare.mjs <folder> <OCR model>
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { cases } from './cases.mjs';
import { grpcOf, restOf } from './requests.mjs';

const [folder, ocr] = process.argv.slice(2);
const here = import.meta.dirname;
mkdirSync(`${folder}/requests`, { recursive: true });
for (const [name, { file, config }] of Object.entries(cases)) {
  mkdirSync(`${folder}/repository/${name}/1`, { recursive: true });
  copyFileSync(file === 'ocr' ? ocr : `${here}/files/${file}.onnx`, `${folder}/repository/${name}/1/model.onnx`);
  writeFileSync(`${folder}/repository/${name}/config.pbtxt`, config);
  const { headerLength, body } = restOf(name);
  writeFileSync(`${folder}/requests/${name}.rest`, body);
  writeFileSync(`${folder}/requests/${name}.length`, String(headerLength));
  writeFileSync(`${folder}/requests/${name}.grpc`, grpcOf(name));
}
