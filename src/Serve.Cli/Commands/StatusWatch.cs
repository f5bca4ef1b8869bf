using System.Text.Json;
using Serve.Admin;
using Serve.Cli.Output;

namespace Serve.Cli.Commands;

/// <summary>Shows the state of the server as it changes. A server that starts anew is waited for.</summary>
internal sealed class StatusWatch(AdminClient client, string? name, bool json)
{
    private const int MaxAttempts = 30;

    /// <summary>What changes without an event, such as how far a start has come, is seen this late at most.</summary>
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(1);

    /// <summary>Many changes at once are drawn together.</summary>
    private static readonly TimeSpan DrawInterval = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private string? _lastEventId;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var events = await client.ListenAsync(name, _lastEventId, cancellationToken);
                if (_lastEventId is null && !json && !Terminal.IsInteractive)
                    Terminal.Line(StatusPrinter.Summary(await client.GetAsync(cancellationToken)));
                attempt = 0;
                await (Terminal.IsInteractive && !json ? DrawAsync(events, cancellationToken) : PrintAsync(events, cancellationToken));
            }
            catch (AdminException exception) when (_lastEventId is not null && attempt < MaxAttempts && exception.Status is null)
            {
                // It was there before; whoever watches an upgrade wants to see its end.
            }

            await Task.Delay(RetryInterval, TimeProvider.System, cancellationToken);
        }
    }

    private async Task PrintAsync(EventReader events, CancellationToken cancellationToken)
    {
        while (await events.ReadAsync(cancellationToken) is { } one)
        {
            Remember(one);
            Terminal.Line(json ? JsonSerializer.Serialize(one, EventJson.Default.ServeEvent) : EventText.Of(one));
        }
    }

    private async Task DrawAsync(EventReader events, CancellationToken cancellationToken)
    {
        var next = events.ReadAsync(cancellationToken);
        while (true)
        {
            var details = await client.GetAsync(cancellationToken);
            Terminal.Home();
            StatusPrinter.Print(details, name);
            await Task.WhenAny(next, Task.Delay(RefreshInterval, TimeProvider.System, cancellationToken));
            await Task.Delay(DrawInterval, TimeProvider.System, cancellationToken);
            while (next.IsCompleted)
            {
                if (await next is not { } one)
                    return;
                Remember(one);
                next = events.ReadAsync(cancellationToken);
            }
        }
    }

    private void Remember(ServeEvent one)
    {
        if (one.Id.Length > 0)
            _lastEventId = one.Id;
    }
}
