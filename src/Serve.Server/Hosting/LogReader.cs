using System.Runtime.CompilerServices;
using Serve.Server.Admin;
using Serve.Server.Node;

namespace Serve.Server.Hosting;

/// <summary>Reads the log files of nodes on this machine.</summary>
/// <param name="folders">The folders with logs, as they are now.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class LogReader(Func<IReadOnlyList<LogFolder>> folders, TimeProvider timeProvider) : ILogSource
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);

    public async IAsyncEnumerable<string> ReadAsync(
        string application, string? deployment, string? replica, int tail, bool follow, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var cursors = new Dictionary<string, LogCursor>(StringComparer.Ordinal);
        foreach (var (path, name) in Find(application, deployment, replica))
        {
            var cursor = cursors[path] = LogCursor.AtTail(path, name, tail);
            await foreach (var line in cursor.ReadNewAsync(cancellationToken))
                yield return line;
        }

        // A file that grows tells nobody across all platforms and file systems; a follower looks again.
        using var timer = new PeriodicTimer(PollInterval, timeProvider);
        while (follow && await timer.WaitForNextTickAsync(cancellationToken))
        {
            foreach (var (path, name) in Find(application, deployment, replica))
            {
                if (!cursors.TryGetValue(path, out var cursor))
                    cursors[path] = cursor = LogCursor.AtStart(path, name);
                await foreach (var line in cursor.ReadNewAsync(cancellationToken))
                    yield return line;
            }
        }
    }

    private IEnumerable<(string Path, string Name)> Find(string application, string? deployment, string? replica) =>
        folders().SelectMany(folder => folder.Find(application, deployment, replica), static (folder, path) => (path, folder.NameOf(path)));
}
