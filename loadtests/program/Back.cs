using System.Runtime.CompilerServices;
using Serve;

namespace Load;

/// <summary>A small item of a stream, as a language model's token.</summary>
internal sealed record Item(int Index, string Text);

internal interface IBack
{
    Task<byte[]> EchoBytesAsync(byte[] bytes, CancellationToken cancellationToken);

    Task<Message> EchoAsync(Message message, CancellationToken cancellationToken);

    IAsyncEnumerable<Item> StreamAsync(int count, CancellationToken cancellationToken);

    Task WaitAsync(CancelRun run, CancellationToken cancellationToken);
}

/// <summary>The end of each chain of calls: it does nothing but answer.</summary>
[Deployment(MaxOngoingRequests = 20_000, NumCpus = 0)]
internal sealed class Back : IBack
{
    public Task<byte[]> EchoBytesAsync(byte[] bytes, CancellationToken cancellationToken) => Task.FromResult(bytes);

    public Task<Message> EchoAsync(Message message, CancellationToken cancellationToken) => Task.FromResult(message);

    public async IAsyncEnumerable<Item> StreamAsync(int count, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        for (var i = 0; i < count; i++)
            yield return new Item(i, "token");
    }

    public async Task WaitAsync(CancelRun run, CancellationToken cancellationToken)
    {
        using var _ = run.Enter("back", cancellationToken);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }
}
