"""Files of a format in, what the program that really reads them sees in each (texts, lists, mappings) out.

A reader takes many files at once, since most of its time goes into starting a program. It raises
AssertionError, with what the program said, for a file that the program does not take.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Sequence
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from tests.formats.programs import CLEAN, Reader, Seen, node, php, python_code, run

PHP = "/usr/share/php"


def python(load: Callable[[bytes], Seen]) -> Reader:
    """A library of Python in this process."""
    return lambda files: [load(file.read_bytes()) for file in files]


ini = php("return parse_ini_file($file, true);", options=["-n"])
json_php = php("return json_decode(file_get_contents($file), true, 64, JSON_THROW_ON_ERROR);")
json_node = node("return JSON.parse(fs.readFileSync(file, 'utf8'));")
toml = python(lambda data: tomllib.loads(data.decode()))
pyyaml = python(yaml.safe_load)
yaml_symfony = php(
    "return Symfony\\Component\\Yaml\\Yaml::parseFile($file);",
    f"require '{PHP}/Symfony/Component/Yaml/autoload.php';",
)
_SYMFONY = "".join(
    f"require_once '{PHP}/Symfony/Component/{name}/autoload.php';"
    for name in ("Yaml", "Config", "DependencyInjection")
)
symfony_container = php(
    """$builder = new Symfony\\Component\\DependencyInjection\\ContainerBuilder();
    $loader = new Symfony\\Component\\DependencyInjection\\Loader\\YamlFileLoader($builder,
        new Symfony\\Component\\Config\\FileLocator(dirname($file)));
    $loader->load(basename($file));
    $builder->getParameterBag()->resolve();
    $bag = $builder->getParameterBag();
    return [$bag->unescapeValue($bag->all()), array_map(fn ($d) => $bag->unescapeValue($bag->resolveValue(
        $d->getArguments())), array_filter($builder->getDefinitions(), fn ($d) => $d->getArguments()))];""",
    _SYMFONY,
)
symfony_run = php(
    """$builder = new Symfony\\Component\\DependencyInjection\\ContainerBuilder();
    $loader = new Symfony\\Component\\DependencyInjection\\Loader\\YamlFileLoader($builder,
        new Symfony\\Component\\Config\\FileLocator(dirname($file)));
    $loader->load(basename($file));
    foreach ($builder->getDefinitions() as $definition) $definition->setPublic(true);
    $builder->compile(true);
    return (array) $builder->get('a');""",
    _SYMFONY,
)
dotenv_symfony = php(
    "return (new Symfony\\Component\\Dotenv\\Dotenv())->parse(file_get_contents($file), $file);",
    f"require '{PHP}/Symfony/Component/Dotenv/autoload.php';",
)
dotenv_laravel = php(
    "return Dotenv\\Dotenv::parse(file_get_contents($file));", f"require '{PHP}/Dotenv/autoload.php';"
)
xml = php(
    """$walk = function ($node) use (&$walk) {
        $out = ['name' => $node->nodeName];
        foreach ($node->attributes as $a) $out['@' . $a->nodeName] = $a->nodeValue;
        foreach ($node->childNodes as $c)
            if ($c instanceof DOMElement) $out[] = $walk($c);
            elseif ($c instanceof DOMText && trim($c->data) !== '') $out[] = $c->data;
        return $out; };
    $document = new DOMDocument(); $document->load($file); return $walk($document->documentElement);"""
)
html = php(
    """$walk = function ($node) use (&$walk) {
        $out = ['name' => $node->nodeName];
        foreach ($node->attributes as $a) $out['@' . $a->nodeName] = $a->nodeValue;
        foreach ($node->childNodes as $c)
            if ($c instanceof DOMElement) $out[] = $walk($c);
            elseif ($c instanceof DOMText && trim($c->data) !== '') $out[] = $c->data;
        return $out; };
    libxml_use_internal_errors(true); $document = new DOMDocument();
    $document->loadHTML('<?xml encoding="utf-8" ?>' . file_get_contents($file));
    return $walk($document->documentElement);"""
)
twig = php(
    """$twig = new Twig\\Environment(new Twig\\Loader\\FilesystemLoader(dirname($file)),
        ['strict_variables' => true]);
    return $twig->render(basename($file), ['id' => 7, 'country' => 'de']);""",
    f"require '{PHP}/Twig/autoload.php';",
)
smarty = php(
    """$smarty = new Smarty(); $smarty->setTemplateDir(dirname($file));
    $smarty->setCompileDir(sys_get_temp_dir() . '/smarty' . getmypid());
    $smarty->assign(['id' => 7, 'country' => 'de']);
    $shown = $smarty->fetch(basename($file)); $smarty->clearCompiledTemplate(); return $shown;""",
    "require '/usr/share/php/smarty4/Smarty.class.php';",
)
blade = php(
    """$files = new Illuminate\\Filesystem\\Filesystem();
    $cache = sys_get_temp_dir() . '/blade' . getmypid(); @mkdir($cache);
    $compiler = new Illuminate\\View\\Compilers\\BladeCompiler($files, $cache);
    $code = $compiler->compileString(file_get_contents($file)); @rmdir($cache);
    $id = 7; $country = 'de'; $__env = null; ob_start();
    try { eval('?>' . $code); return ob_get_contents(); } finally { ob_end_clean(); }""",
    "".join(f"require_once '{PHP}/Illuminate/{name}/autoload.php';" for name in ("Filesystem", "View"))
    + "function e($v) { return htmlspecialchars($v ?? '', ENT_QUOTES, 'UTF-8', true); }",
)
supervisor = python_code(
    """
from supervisor.options import ServerOptions
import os
options = ServerOptions()
os.environ.pop('SUPERVISOR_SERVER_URL', None)
options.realize(['-c', file], doc='')
seen = {p.name: [p.command, p.environment] for g in options.process_group_configs for p in g.process_configs}
"""
)
compose = python_code(
    """
import os
from compose.config import config
from compose.config.environment import Environment
folder, name = os.path.split(file)
loaded = config.load(config.find(folder, [name], Environment({}), None))
seen = {s['name']: {k: v for k, v in s.items() if k != 'name'} for s in loaded.services}
seen = json.loads(json.dumps(seen, default=str))
"""
)
javascript_browser = node(
    """const sent = []; const note = (...a) => { sent.push(a); return {on: note, then: note}; };
    const window = {}; const context = vm.createContext({window, fetch: note, location: {hostname: 'x'},
        WebSocket: function (u) { note(u); }, $: {ajax: note}, console: {log: note}, RegExp});
    vm.runInContext(fs.readFileSync(file, 'utf8'), context); return [sent, window];"""
)


def page(read: Reader) -> Reader:
    """The page that a template engine makes, as a browser reads its references; raw behind `<!---->`."""

    def seen(text: str) -> list[str]:
        markup, _, raw = text.partition("<!---->")
        return [unescape(markup), raw]

    return lambda files: [seen(text) for text in read(files)]


cloudformation = python_code(
    """
import boto3
from moto import mock_aws
given = {'region_name': 'eu-west-1', 'aws_access_key_id': 'fake', 'aws_secret_access_key': 'fake'}
with mock_aws():
    boto3.client('cloudformation', **given).create_stack(StackName='shop', TemplateBody=open(file).read())
    made = boto3.client('ssm', **given).get_parameters(Names=['db_host', 'url'])['Parameters']
seen = {one['Name']: one['Value'] for one in made}
""",
    sys.executable,
)


def php_ini(files: Sequence[Path]) -> list[Seen]:
    """What PHP's directives are with that php.ini."""
    code = "echo json_encode(array_map('ini_get', ['session.save_path', 'mysqli.default_host', "
    code += "'mysqli.default_pw', 'sendmail_path', 'auto_prepend_file', 'include_path', 'date.timezone']));"
    env = {"PHP_INI_SCAN_DIR": ""}
    return [json.loads(run(["php", "-c", str(file), "-r", code], env=env)) for file in files]


def php_fpm(files: Sequence[Path]) -> list[Seen]:
    """The pools as php-fpm dumps them."""
    seen = []
    for file in files:
        main = file.with_name(file.name + ".main")
        main.write_text(f"[global]\nerror_log = {file}.log\ninclude = {file}\n")
        done = subprocess.run(
            ["php-fpm8.2", "-n", "-tt", "-y", str(main)], capture_output=True, env=CLEAN, check=False
        )
        said = done.stderr.decode()
        assert done.returncode == 0, said
        lines = re.findall(r"NOTICE: +\t?((?:env|php_\w+)\[[^\n]*)", said)
        seen.append(lines)
    return seen


def my_cnf(files: Sequence[Path]) -> list[Seen]:
    """The options that MariaDB's programs take from the file."""
    return [
        run(["my_print_defaults", f"--defaults-file={file}", "client", "mysqld"]).splitlines()
        for file in files
    ]


def shell(name: str) -> Reader:
    """What a script prints when a shell runs it."""
    return lambda files: [run([name, str(file)], cwd=file.parent) for file in files]


def python_program(files: Sequence[Path]) -> list[Seen]:
    """The JSON that a program prints when Python runs it."""
    return [json.loads(run([sys.executable, "-I", str(file)])) for file in files]


def node_program(files: Sequence[Path]) -> list[Seen]:
    """The JSON that a program prints when Node runs it."""
    return [json.loads(run(["node", str(file)])) for file in files]


def systemd(files: Sequence[Path]) -> list[Seen]:
    """The environment and the commands that systemd itself makes of the units; nothing is started."""
    with TemporaryDirectory(prefix="shop-") as name:
        return _systemd(files, Path(name))


def _systemd(files: Sequence[Path], folder: Path) -> list[Seen]:
    units = folder / "units"
    (folder / "run").mkdir()
    units.mkdir()
    names = [f"shop{number}.service" for number in range(len(files))]
    for name, file in zip(names, files, strict=True):
        shutil.copyfile(file, units / name)
    for name in ("basic", "default", "shutdown"):
        wants = " ".join(names) if name == "default" else ""
        (units / f"{name}.target").write_text(f"[Unit]\nDescription={name}\nWants={wants}\n")
    for one in (folder, folder / "run", units):
        one.chmod(0o755)
    command = ["/lib/systemd/systemd", "--test", "--user"]
    if os.geteuid() == 0:
        for one in (folder, folder / "run"):
            os.chown(one, 65534, 65534)
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command]
    env = {
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "SYSTEMD_UNIT_PATH": str(units),
        "SYSTEMD_LOG_TARGET": "console",
    }
    dump = run(command, env=env, cwd=folder)
    seen = []
    for name in names:
        _, found, rest = dump.partition(f"-> Unit {name}:\n")
        assert found, dump[-2000:]
        rest = rest.partition("-> Unit ")[0]
        commands = [shlex.split(line) for line in re.findall(r"^\t+Command Line: (.*)$", rest, re.M)]
        seen.append([re.findall(r"^\t+Environment: (.*)$", rest, re.M), commands])
    return seen


def terraform(files: Sequence[Path]) -> list[Seen]:
    """What terraform makes of `local.seen`."""
    seen = []
    for number, file in enumerate(files):
        folder = file.parent / f"terraform{number}"
        folder.mkdir()
        shutil.copyfile(file, folder / "main.tf")
        env = {"TF_DATA_DIR": str(folder / ".terraform"), "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": ""}
        told = run(["terraform", "console"], "jsonencode(local.seen)\n", env, folder)
        seen.append(json.loads(json.loads(told.strip().splitlines()[-1])))
    return seen


def properties(files: Sequence[Path]) -> list[Seen]:
    """What Java makes of the files."""
    program = files[0].parent / "Show.java"
    program.write_text(
        "public class Show { public static void main(String[] a) throws Exception {"
        "for (String f : a) { java.util.Properties p = new java.util.Properties();"
        'p.load(new java.io.InputStreamReader(new java.io.FileInputStream(f), "UTF-8"));'
        "for (String k : new java.util.TreeSet<String>(p.stringPropertyNames()))"
        'System.out.write((k + "=" + p.getProperty(k) + "\\0").getBytes("UTF-8"));'
        'System.out.write("\\1".getBytes()); } System.out.flush(); } }'
    )
    told = run(["java", str(program), *(str(file) for file in files)])
    return [one.split("\0") for one in told.split("\1")[:-1]]


def sql(files: Sequence[Path]) -> list[Seen]:
    """The rows of table `t` after MariaDB ran each file, in a data folder of its own."""
    folder = files[0].parent / "mariadb"
    folder.mkdir()
    lines = []
    for number, file in enumerate(files):
        lines += [
            f"CREATE DATABASE d{number} CHARACTER SET utf8mb4;",
            f"USE d{number};",
            "CREATE TABLE t (a TEXT, b TEXT) ENGINE=MyISAM CHARACTER SET utf8mb4;",
            "SET NAMES utf8mb4;",
            file.read_text("utf-8"),
            "SELECT JSON_ARRAYAGG(JSON_ARRAY(a, b)) FROM t "
            f"INTO OUTFILE '{folder}/{number}.json' FIELDS ESCAPED BY '';",
        ]
    options = ["--no-defaults", "--bootstrap", "--skip-grant-tables", "--skip-innodb", "--skip-networking"]
    options += [f"--datadir={folder}", "--default-storage-engine=MyISAM", "--secure-file-priv="]
    if os.geteuid() == 0:
        options.append("--user=root")
    run(["/usr/sbin/mariadbd", *options], "\n".join(lines) + "\n", cwd=folder)
    return [json.loads((folder / f"{number}.json").read_text("utf-8")) for number in range(len(files))]


def crontab(files: Sequence[Path]) -> list[Seen]:
    """What each job prints, run by the rules of crontab(5): an unescaped `%` ends the command."""
    return [_jobs(file.read_text("utf-8")) for file in files]


def _jobs(text: str) -> list[str]:
    variables: dict[str, str] = {}
    printed = []
    for line in text.splitlines():
        named = re.fullmatch(r"\s*(\w+)\s*=\s*(.*?)\s*", line)
        if named:
            value = named[2]
            quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
            variables[named[1]] = value[1:-1] if quoted else value
        elif line.strip() and not line.startswith("#"):
            command, *given = re.split(r"(?<!\\)%", line.split(None, 5)[5])
            printed.append(run(["sh", "-c", command.replace("\\%", "%")], "\n".join(given), variables))
    return printed


def terraform_plan(files: Sequence[Path]) -> list[Seen]:
    """What terraform prints when it plans, asking nobody."""
    env = {"CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": ""}
    return [run(["terraform", "plan", "-input=false", "-no-color"], "", env, file.parent) for file in files]


def etc_hosts(files: Sequence[Path]) -> list[Seen]:
    """What the C library resolves with each file as /etc/hosts, in a mount namespace of its own."""
    seen = []
    for file in files:
        script = f"mount --bind {shlex.quote(str(file))} /etc/hosts && getent -s files hosts"
        rows = run(["unshare", "--map-root-user", "--mount", "sh", "-c", script]).splitlines()
        seen.append([row.split() for row in rows])
    return seen
