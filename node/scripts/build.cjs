'use strict';
// Builds the extension by CMake, unless TIDEMARK_EXTENSION names one or it is there already.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const packageFolder = path.dirname(__dirname);
const target = path.join(packageFolder, 'tidemark.so');
const source = path.dirname(packageFolder);

if (!process.env.TIDEMARK_EXTENSION && !fs.existsSync(target)) {
  if (!fs.existsSync(path.join(source, 'CMakeLists.txt'))) {
    console.error(`no ${target}, and no sources of tidemark in ${source} to build it from`);
    process.exit(1);
  }
  const scratch = path.join(packageFolder, 'build');
  const left_out = ['CLI', 'TESTS', 'BENCH', 'EXAMPLES', 'FUZZ'].map((part) => `-DTIDEMARK_BUILD_${part}=OFF`);
  const options = { stdio: 'inherit' };
  execFileSync('cmake', ['-S', source, '-B', scratch, '-DCMAKE_BUILD_TYPE=Release', ...left_out], options);
  execFileSync('cmake', ['--build', scratch, '--target', 'tidemark_extension', '--parallel'], options);
  fs.copyFileSync(path.join(scratch, 'extension', 'tidemark.so'), target);
}
