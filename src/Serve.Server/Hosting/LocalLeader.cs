using Serve.Server.Controller.Autoscaling;
using Serve.Server.Node.Load;

namespace Serve.Server.Hosting;

/// <summary>A node whose leader is in the same process tells it the load directly.</summary>
internal sealed class LocalLeader : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;

    public LocalLeader(NodeLoad load, LoadLine line)
    {
        _loop = Task.Run(() => RunAsync(load, line, _stopping.Token));
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private static async Task RunAsync(NodeLoad load, LoadLine line, CancellationToken cancellationToken)
    {
        using (line)
        {
            await foreach (var report in load.FollowAsync(cancellationToken))
                line.Take(report);
        }
    }
}
