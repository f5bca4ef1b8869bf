// Installs the packages of one project's package-lock.json into its node_modules. Npm.targets calls it when the stamp there is out of date:
//
//   node npm-restore.mjs <project folder> <stamp>
//
// Builds may run side by side on one checkout. The folder obj/npm is the lock (mkdir succeeds for one process only) and the place where npm works: node_modules
// leaves it by a rename, whole, with the stamp inside. Its owner touches the folder every second, so one that stands still is a dead process's and is cleared away.
import { spawn } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const HeartbeatMs = 1000;
const StaleMs = 10_000;
const CommandNotFound = 127; // as a POSIX shell says it; cmd.exe says 9009

const [project, stamp] = process.argv.slice(2);
const modules = path.join(project, 'node_modules');
const work = path.join(project, 'obj', 'npm');

const except = (code) => (error) => { if (error.code !== code) throw error; };
const isRestored = async () => (await fs.readFile(path.join(modules, '.serve-stamp'), 'utf8').catch(except('ENOENT'))) === stamp;

try {
  while (!await tryLock()) await delay(100);
  const heartbeat = setInterval(() => fs.utimes(work, new Date(), new Date()).catch(() => { }), HeartbeatMs);
  try {
    if (!await isRestored()) await restore();
  } finally {
    clearInterval(heartbeat);
    await fs.rm(work, { recursive: true, force: true, maxRetries: 5 });
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = error.exitCode ?? 1;
}

async function tryLock() {
  await fs.mkdir(path.dirname(work), { recursive: true });
  try {
    await fs.mkdir(work);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const touched = await fs.stat(work).catch(except('ENOENT'));
  if (touched && Date.now() - touched.mtimeMs > StaleMs) {
    const dead = `${work}-${process.pid}`;
    await fs.rename(work, dead).catch(except('ENOENT'));
    await fs.rm(dead, { recursive: true, force: true, maxRetries: 5 });
  }
  return false;
}

async function restore() {
  // A new name each time: the npm of a process that was killed may still be writing.
  const install = await fs.mkdtemp(path.join(work, 'install-'));
  for (const name of ['package.json', 'package-lock.json']) await fs.copyFile(path.join(project, name), path.join(install, name));
  await fs.copyFile(path.join(project, '.npmrc'), path.join(install, '.npmrc')).catch(except('ENOENT'));
  await npm(['ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'], install);

  const installed = path.join(install, 'node_modules');
  const { prune = [] } = JSON.parse(await fs.readFile(path.join(install, 'package.json'), 'utf8'));
  for (const unused of prune) await fs.rm(path.join(installed, unused), { recursive: true });
  await fs.writeFile(path.join(installed, '.serve-stamp'), stamp);

  await fs.rename(modules, path.join(install, 'replaced')).catch(except('ENOENT'));
  await fs.rename(installed, modules);
}

async function npm(args, cwd) {
  const windows = process.platform === 'win32';
  const child = spawn(windows ? 'npm.cmd' : 'npm', args, { cwd, shell: windows, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { said += text; });
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
    .catch((error) => { throw Object.assign(error, { exitCode: CommandNotFound }); });
  if (code === 0) return;
  // Of "npm error code E404 / npm error 404 Not Found - GET … / npm error     at frame" keep what a person needs.
  const reasons = said.split('\n').map((line) => line.replace(/^npm error ?/, '')).filter((line) => line && !/^\s|^}|^(code|syscall|errno) /.test(line));
  throw Object.assign(new Error(reasons.slice(0, 4).join('\n') || `npm ended with code ${code}`), { exitCode: code === 9009 ? CommandNotFound : 1 });
}
