<?php
/* A connected stream in, whole lines and bytes out, within the question's time. */

namespace PortabilityProbe;

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
