using System.Diagnostics;
using Microsoft.Extensions.Options;

namespace Serve.TestProgram.Behaviour;

/// <summary>
/// What happens inside deployments, as files in a folder of the test: <c>key.event</c>, with the machine's monotonic time in it. So a test
/// sees it without asking the data plane that it tests, whichever process it happens in, and can let go of what waits there.
/// </summary>
public sealed class Journal(IOptions<TestArgs> args)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(10);

    private readonly string _folder = args.Value.Journal;

    public void Write(string key, string what)
    {
        var unfinished = Path.Combine(_folder, $".{Guid.NewGuid()}");
        File.WriteAllText(unfinished, Stopwatch.GetTimestamp().ToString());
        File.Move(unfinished, PathOf(key, what), overwrite: true);
    }

    /// <summary>Works for a request under its key: tells when it starts, when its token is cancelled, and when it ends.</summary>
    public async Task RunAsync(string key, string who, Func<Task> work, CancellationToken cancellationToken)
    {
        var isTold = 0;
        await using var registration = cancellationToken.UnsafeRegister(_ => TellOnce(), state: null);
        Write(key, $"{who}-started");
        try
        {
            await work();
        }
        finally
        {
            // The work may end, and the registration with it, before its turn has come.
            if (cancellationToken.IsCancellationRequested)
                TellOnce();
            Write(key, $"{who}-ended");
        }

        void TellOnce()
        {
            if (Interlocked.Exchange(ref isTold, 1) == 0)
                Write(key, $"{who}-cancelled");
        }
    }

    public bool Has(string key, string what) => File.Exists(PathOf(key, what));

    /// <summary>Waits until the test lets go of the key.</summary>
    public async Task WhenReleasedAsync(string key, CancellationToken cancellationToken)
    {
        while (!Has(key, "release"))
            await Task.Delay(LookInterval, TimeProvider.System, cancellationToken);
    }

    private string PathOf(string key, string what) => Path.Combine(_folder, $"{key}.{what}");
}
