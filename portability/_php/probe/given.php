<?php
/* Parameters in, their values on this machine out; a secret among them is never told. */

namespace PortabilityProbe;

const SECRET_NAMES = ['password', 'secret_key', 'session_token'];

/** Lets one namespace have the constants of another that it lacks; only this process knows them there. */
function take_over(string $from, string $to): void
{
    $begin = \strtolower($from) . '\\';
    foreach (\get_defined_constants(true)['user'] ?? [] as $name => $value) {
        $short = \substr($name, \strlen($begin));
        $is_theirs = \strtolower(\substr($name, 0, \strlen($begin))) === $begin && \strpos($short, '\\') === false;
        if ($is_theirs && !\defined("$to\\$short")) {
            \define("$to\\$short", $value);
        }
    }
}

/** A step that did not succeed: `step` is given, resolve, connect, login or ask. */
final class Failure extends \Exception
{
    /** @var string */
    public $step;
    /** @var bool whether the service itself said no */
    public $refused;

    public function __construct(string $step, string $message, bool $refused = false)
    {
        parent::__construct($message);
        $this->step = $step;
        $this->refused = $refused;
    }
}

/** The parameters of one question, with those that are keys or references resolved on this machine. */
final class Given
{
    /** @var array<string, string> */
    private $values = [];
    /** @var array<string, string> the secrets among them */
    private $secrets = [];
    /** @var array<string, string> parameter => the key or reference that has no value here */
    public $missing = [];

    public function __construct(array $parameters, string $namespace, string $root)
    {
        foreach ($parameters as $name => $parameter) {
            $value = self::resolved($parameter, $namespace, $root);
            if ($value === null) {
                $this->missing[$name] = (string) \current($parameter);
                continue;
            }
            $this->values[$name] = $value;
            $hidden = isset($parameter['env']) || isset($parameter['file']);
            if ($value !== '' && ($hidden || \in_array($name, SECRET_NAMES, true))) {
                $this->secrets[$name] = $value;
            }
        }
    }

    private static function resolved(array $parameter, string $namespace, string $root): ?string
    {
        if (isset($parameter['key'])) {
            $constant = $namespace . '\\' . $parameter['key'];
            $value = \defined($constant) ? \constant($constant) : false;
            return $value === false || \is_array($value) ? null : (string) $value;
        }
        if (isset($parameter['env'])) {
            $value = \getenv($parameter['env']);
            return $value === false ? null : $value;
        }
        if (isset($parameter['file'])) {
            $path = $parameter['file'];
            $text = @\file_get_contents($path[0] === '/' ? $path : $root . '/' . $path, false, null, 0, 65537);
            return $text === false ? null : \preg_replace('/\r?\n\z/', '', $text);
        }
        return (string) ($parameter['text'] ?? '');
    }

    public function text(string $name, string $default = ''): string
    {
        return ($this->values[$name] ?? '') === '' ? $default : $this->values[$name];
    }

    public function needed(string $name): string
    {
        $value = $this->text($name);
        if ($value === '') {
            throw new Failure('given', "the parameter $name is empty");
        }
        return $value;
    }

    public function number(string $name, int $default): int
    {
        $text = $this->text($name, (string) $default);
        if (!\preg_match('/^\d{1,5}\z/', $text) || (int) $text > 65535) {
            throw new Failure('given', "the parameter $name is no number");
        }
        return (int) $text;
    }

    public function yes(string $name): bool
    {
        return \in_array(\strtolower($this->text($name)), ['1', 'true', 'yes', 'on'], true);
    }

    /** A secret that came from elsewhere, to be blotted out as well. */
    public function hide(string $secret): void
    {
        if ($secret !== '') {
            $this->secrets[] = $secret;
        }
    }

    /** Every parameter's value; of a secret, only its salted hash. */
    public function told(string $key, string $salt): array
    {
        $told = $this->values;
        foreach (\array_intersect_key($this->secrets, $this->values) as $name => $value) {
            $told[$name] = ['digest' => \hash_hmac('sha256', "secret\n$salt\n$value", $key)];
        }
        return $told;
    }

    /** The same answer with every secret in its texts blotted out, whatever brought it there. */
    public function blotted($answer)
    {
        if (\is_array($answer)) {
            return \array_map([$this, 'blotted'], $answer);
        }
        if (!\is_string($answer)) {
            return $answer;
        }
        foreach ($this->secrets as $secret) {
            if (\strlen($secret) > 2 || $answer === $secret) {
                $answer = \str_replace($secret, '********', $answer);
            }
        }
        return $answer;
    }
}
