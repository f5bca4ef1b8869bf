using Serve.Admin;
using Serve.Cli.Output;

namespace Serve.Cli.Commands;

/// <summary>Draws the load again and again until Ctrl-C. A server that starts anew is waited for.</summary>
internal sealed class TopScreen(AdminClient client, string? application)
{
    private const int LinesAround = 4;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private bool _wasThere;

    public async Task<int> RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Interval, TimeProvider.System);
        try
        {
            do
                Draw(await ReadAsync(stop));
            while (await timer.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C is the way out of here; what was drawn last stays.
        }

        return ExitCode.Ok;
    }

    private async Task<IReadOnlyList<string>> ReadAsync(CancellationToken stop)
    {
        try
        {
            var load = await client.LoadAsync(application, stop);
            _wasThere = true;
            return LoadText.Lines(load, Math.Max(1, Console.WindowHeight - LinesAround));
        }
        catch (AdminException exception) when (_wasThere && exception.Status is null)
        {
            return [exception.Message];
        }
    }

    private static void Draw(IReadOnlyList<string> lines)
    {
        var width = Math.Max(1, Console.WindowWidth);
        Terminal.Home();
        Terminal.Line(string.Join('\n', lines.Select(line => line.Length <= width ? line : line[..(width - 1)] + "…")));
    }
}
