namespace Serve.Server.Controller;

/// <summary>
/// Time that only goes forward, second by second: what the wall clock said when it was made, plus what has really passed since. Somebody who
/// sets the machine's clock an hour back must not make back-offs an hour longer, nor end them all at once by setting it forward.
/// </summary>
internal sealed class SteadyClock(TimeProvider timeProvider)
{
    private readonly DateTimeOffset _begin = timeProvider.GetUtcNow();
    private readonly long _timestamp = timeProvider.GetTimestamp();

    public DateTimeOffset Now => _begin + timeProvider.GetElapsedTime(_timestamp);
}
