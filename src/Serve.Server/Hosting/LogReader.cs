using System.Runtime.CompilerServices;
using Serve.Server.Admin;
using Serve.Server.Node;

namespace Serve.Server.Hosting;

/// <summary>Reads the log files of this node.</summary>
internal sealed class LogReader(LogFolder folder, TimeProvider timeProvider) : ILogSource
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);

    public async IAsyncEnumerable<string> ReadAsync(
        string application, string? deployment, string? replica, int tail, bool follow, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var cursors = new Dictionary<string, LogCursor>(StringComparer.Ordinal);
        foreach (var path in folder.Find(application, deployment, replica))
        {
            var cursor = cursors[path] = LogCursor.AtTail(path, folder.NameOf(path), tail);
            await foreach (var line in cursor.ReadNewAsync(cancellationToken))
                yield return line;
        }

        // A file that grows tells nobody across all platforms and file systems; a follower looks again.
        using var timer = new PeriodicTimer(PollInterval, timeProvider);
        while (follow && await timer.WaitForNextTickAsync(cancellationToken))
        {
            foreach (var path in folder.Find(application, deployment, replica))
            {
                if (!cursors.TryGetValue(path, out var cursor))
                    cursors[path] = cursor = LogCursor.AtStart(path, folder.NameOf(path));
                await foreach (var line in cursor.ReadNewAsync(cancellationToken))
                    yield return line;
            }
        }
    }
}
