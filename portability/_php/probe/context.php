<?php
/* What a probe is given in, what it may use out: values, approved addresses, a deadline, and no secret. */

namespace PortabilityProbe;

const CONNECT_SECONDS = 2.0;
const WHOLE_SECONDS = 5.0;
const SECRET_NAMES = ['password', 'secret_key', 'session_token'];

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
        if (!\ctype_digit($text) || (int) $text > 65535) {
            throw new Failure('given', "the parameter $name is no number");
        }
        return (int) $text;
    }

    public function yes(string $name): bool
    {
        return \in_array(\strtolower($this->text($name)), ['1', 'true', 'yes', 'on'], true);
    }

    /** Every parameter's value; of a secret, only its salted hash. */
    public function told(string $key, string $salt): array
    {
        $told = $this->values;
        foreach ($this->secrets as $name => $value) {
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

/** One question: its parameters, the addresses that it may connect to, and how long it may take. */
final class Context
{
    /** @var Given */
    public $given;
    /** @var string the beacon that is looked for, or '' */
    public $beacon;
    /** @var string the key of this probe, for the site's own question */
    public $key;
    /** @var string the address and port that the last connection really had */
    public $peer = '';
    /** @var array<string, string[]> host => the addresses that were checked */
    private $approved;
    /** @var float */
    private $deadline;

    public function __construct(Given $given, array $approved, string $beacon, string $key)
    {
        $this->given = $given;
        $this->approved = $approved;
        $this->beacon = $beacon;
        $this->key = $key;
        $this->deadline = \microtime(true) + WHOLE_SECONDS;
    }

    /** The seconds that are left, at most $most. */
    public function left(float $most = WHOLE_SECONDS): float
    {
        $left = $this->deadline - \microtime(true);
        if ($left <= 0.01) {
            throw new Failure('ask', \sprintf('it took longer than %d s', WHOLE_SECONDS));
        }
        return \min($left, $most);
    }

    /** The first address of $host that was checked before; nothing else is ever connected to. */
    public function address(string $host): string
    {
        $addresses = $this->approved[$host] ?? [];
        if (!$addresses) {
            throw new Failure('connect', "no address of $host was approved");
        }
        return $addresses[0];
    }

    /** A connection to the checked address of $host; certificates are those of the name. */
    public function connect(string $host, int $port, bool $tls = false, bool $verify = true): Link
    {
        $address = $this->address($host);
        $place = (\strpos($address, ':') === false ? $address : "[$address]") . ":$port";
        $options = ['peer_name' => $host, 'SNI_enabled' => true, 'verify_peer' => $verify, 'verify_peer_name' => $verify];
        $context = \stream_context_create(['ssl' => $options]);
        $stream = @\stream_socket_client("tcp://$place", $number, $message, $this->left(CONNECT_SECONDS), \STREAM_CLIENT_CONNECT, $context);
        if ($stream === false) {
            throw new Failure('connect', "$place: " . \strtolower($message ?: 'no connection'));
        }
        $this->peer = (string) \stream_socket_get_name($stream, true);
        $link = new Link($stream, $this);
        if ($tls) {
            \error_clear_last();
            $link->patience();
            if (!@\stream_socket_enable_crypto($stream, true, \STREAM_CRYPTO_METHOD_TLS_CLIENT)) {
                $why = \preg_replace('/.*:/s', '', (string) (\error_get_last()['message'] ?? ''));
                throw new Failure('connect', "$place: no TLS: " . \trim($why));
            }
        }
        return $link;
    }
}

/** A connection that is read and written within the question's time. */
final class Link
{
    private $stream;
    /** @var Context */
    private $context;

    public function __construct($stream, Context $context)
    {
        $this->stream = $stream;
        $this->context = $context;
    }

    public function patience(): void
    {
        $left = $this->context->left();
        \stream_set_timeout($this->stream, (int) $left, (int) (($left - (int) $left) * 1e6));
    }

    public function write(string $bytes): void
    {
        while ($bytes !== '') {
            $this->patience();
            $count = @\fwrite($this->stream, $bytes);
            if (!$count) {
                throw new Failure('ask', 'the connection was closed');
            }
            $bytes = (string) \substr($bytes, $count);
        }
    }

    /** A line without its end. */
    public function line(): string
    {
        $this->patience();
        $line = @\fgets($this->stream, 65536);
        if ($line === false) {
            throw $this->ended();
        }
        return \rtrim($line, "\r\n");
    }

    public function exactly(int $count): string
    {
        $found = '';
        while (\strlen($found) < $count) {
            $this->patience();
            $part = @\fread($this->stream, $count - \strlen($found));
            if ($part === false || $part === '') {
                throw $this->ended();
            }
            $found .= $part;
        }
        return $found;
    }

    /** All that still comes, at most $most bytes. */
    public function rest(int $most): string
    {
        $found = '';
        while (\strlen($found) < $most && !\feof($this->stream)) {
            $this->patience();
            $part = @\fread($this->stream, 8192);
            if ($part === false || ($part === '' && \stream_get_meta_data($this->stream)['timed_out'])) {
                throw $this->ended();
            }
            $found .= $part;
        }
        return \substr($found, 0, $most);
    }

    public function close(): void
    {
        \fclose($this->stream);
    }

    private function ended(): Failure
    {
        $silent = \stream_get_meta_data($this->stream)['timed_out'];
        return new Failure('ask', $silent ? 'no answer came in time' : 'the connection was closed');
    }
}
