using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;

namespace Serve.Grpc;

/// <summary>What services say of their own health where the program says nothing of it. Nobody tells of changes: who watches asks again and again.</summary>
internal sealed class HealthSources(TimeProvider timeProvider)
{
    /// <summary>How long an answer may take, and the time between two questions of a watch.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private static readonly ConditionalWeakTable<IServiceProvider, HealthSources> OfPrograms = [];

    private ImmutableDictionary<string, Func<CancellationToken, ValueTask<bool>>> _byService = ImmutableDictionary.Create<string, Func<CancellationToken, ValueTask<bool>>>(StringComparer.Ordinal);

    /// <summary>Those of a program, whether its health service was mapped before or after them.</summary>
    public static HealthSources Of(IServiceProvider services) => OfPrograms.GetValue(services, static program => new HealthSources(program.GetService<TimeProvider>() ?? TimeProvider.System));

    /// <param name="service">The full name of the service.</param>
    /// <param name="isServing">Says whether it can be called.</param>
    public void Add(string service, Func<CancellationToken, ValueTask<bool>> isServing) => ImmutableInterlocked.Update(ref _byService, sources => sources.SetItem(service, isServing));

    /// <summary>Whether a service can be called; one that does not tell can where all can that do. No answer in time is no.</summary>
    public async ValueTask<bool> AreServingAsync(string service, CancellationToken cancellationToken)
    {
        var sources = _byService;
        if (sources.IsEmpty)
            return true;
        using var time = new CancellationTokenSource(Period, timeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancellationToken);
        try
        {
            foreach (var isServing in sources.TryGetValue(service, out var own) ? [own] : sources.Values)
            {
                if (!await isServing(both.Token).AsTask().WaitAsync(both.Token))
                    return false;
            }

            return true;
        }
        catch (Exception exception) when (exception is ServeException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Waits until something may have changed.</summary>
    /// <param name="changed">Completes when the program says something else.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task WaitAsync(Task changed, CancellationToken cancellationToken) =>
        await changed.WaitAsync(_byService.IsEmpty ? Timeout.InfiniteTimeSpan : Period, timeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
