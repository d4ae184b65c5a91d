// Behaves like `php ARGUMENTS`, by a PHP of another version that runs inside of node:
//   node php.mjs VERSION ARGUMENTS…
// Folders of this machine are seen where they are. `node php.mjs VERSION --many` reads a list of
// [folder, [argument, …]] as JSON from its standard input and prints one of [code, output in base64].
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { PHP, loadPHPRuntime } from '@php-wasm/universal';

const [version, ...args] = process.argv.slice(2);
const build = await import(`@php-wasm/node-${version.replace('.', '-')}`);
const loader = await build.getPHPLoaderModule();
const compiled = WebAssembly.compile(readFileSync(loader.dependencyFilename));

async function instantiateWasm(imports, ready) {
    const module = await compiled;
    ready(await WebAssembly.instantiate(module, imports), module);
}

function topFolders(paths) {
    const found = paths.flatMap((path) => path.match(/\/[^\/=:,]+/) ?? []);
    return [...new Set(found)].filter((path) => existsSync(path));
}

async function start(folder, given) {
    const php = new PHP(await loadPHPRuntime(loader, { instantiateWasm }));
    const named = given.flatMap((argument) => argument.match(/\/[^=:,]+/g) ?? []);
    for (const root of topFolders([folder, ...named])) {
        try {
            php.mkdir(root);
        } catch {
            // It is there already, as /tmp is.
        }
        await php.mount(root, async (_, FS, at) => {
            FS.mount(FS.filesystems.NODEFS, { root }, at);
            return () => FS.unmount(at);
        });
    }
    php.writeFile('/internal/shared/php.ini', ''); // The package's own would prepend a file, with -n too.
    php.chdir(folder);
    await php.setSpawnHandler((program, given) => spawn('/bin/sh', ['-c', [program, ...given].join(' ')]));
    return php.cli(['php', ...given], { env: process.env });
}

async function gather(stream, take) {
    for await (const part of stream) take(part);
}

if (args[0] === '--many') {
    const answers = [];
    for (const [folder, given] of JSON.parse(readFileSync(0, 'utf8'))) {
        const parts = [[], []];
        const done = await start(folder, given);
        await Promise.all([done.stdout, done.stderr].map((stream, n) => gather(stream, (p) => parts[n].push(Buffer.from(p)))));
        answers.push([await done.exitCode, Buffer.concat(parts.flat()).toString('base64')]);
    }
    process.stdout.write(JSON.stringify(answers) + '\n');
} else {
    const done = await start(process.cwd(), args);
    await Promise.all([
        gather(done.stdout, (part) => process.stdout.write(part)),
        gather(done.stderr, (part) => process.stderr.write(part)),
    ]);
    process.exitCode = await done.exitCode;
}
