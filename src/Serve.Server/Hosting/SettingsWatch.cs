using Microsoft.Extensions.Logging;
using Serve.Server.Store;
using Serve.Server.Store.Records;

namespace Serve.Server.Hosting;

/// <summary>Carries what holds for the whole cluster from the store into this process, now and whenever it changes.</summary>
internal static class SettingsWatch
{
    public static async Task<IAsyncDisposable> StartAsync(IClusterStore store, Action<ClusterSettings> use, TimeProvider timeProvider, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        return await StoreFollower.StartAsync(store, ClusterKeys.Settings, Update, timeProvider, loggers.CreateLogger<StoreFollower>(), cancellationToken);

        ValueTask Update(string key, byte[]? value, CancellationToken _)
        {
            use(value is null ? new ClusterSettings() : StoreJson.Read<ClusterSettings>(value));
            return ValueTask.CompletedTask;
        }
    }
}
