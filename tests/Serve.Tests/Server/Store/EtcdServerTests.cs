using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Serve.Server.Store;
using Serve.Server.Store.Etcd;
using Serve.Testing;

namespace Serve.Tests.Server.Store;

/// <summary>The conformance kit on a real etcd, so that the store which a controller serves and etcd are the same to a client.</summary>
public sealed class EtcdServerTests(EtcdServer server) : IClassFixture<EtcdServer>
{
    public static TheoryData<string> Tests =>
        [.. typeof(ClusterStoreConformance).GetMethods().Where(method => method.GetCustomAttribute<FactAttribute>() is not null).Select(method => method.Name)];

    [EtcdTheory]
    [MemberData(nameof(Tests))]
    public async Task Etcd_Conforms(string test)
    {
        var kit = new Kit(server, test);
        await kit.InitializeAsync();
        try
        {
            await (Task)typeof(ClusterStoreConformance).GetMethod(test)!.Invoke(kit, [])!;
        }
        finally
        {
            await kit.DisposeAsync();
        }
    }

    /// <summary>Skipped where no etcd is installed.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class EtcdTheoryAttribute : TheoryAttribute
    {
        public EtcdTheoryAttribute()
        {
            if (EtcdServer.Program is null)
                Skip = "There is no etcd on the PATH; the package etcd-server has one.";
        }
    }

    private sealed class Kit(EtcdServer server, string test) : ClusterStoreConformance
    {
        private protected override string Prefix { get; } = $"/{test}/";

        private protected override TimeSpan LeaseTime { get; } = TimeSpan.FromSeconds(2);

        public override async Task DisposeAsync()
        {
            await server.RevokeAllAsync();
            await base.DisposeAsync();
        }

        private protected override Task<IClusterStore> OpenAsync() =>
            Task.FromResult<IClusterStore>(EtcdStore.OnServer(server.Http.BaseAddress!, TimeProvider.System, new TestLog().CreateLogger<EtcdStore>()));

        /// <summary>The leases of another process end in real time only.</summary>
        private protected override Task PassAsync(TimeSpan time) => Task.Delay(time, TimeProvider.System);

        private protected override async Task CompactAsync()
        {
            var revision = (await Store.RangeAsync(Prefix, default)).Revision;
            await server.PostAsync("/v3/kv/compaction", new JsonObject { ["revision"] = revision, ["physical"] = true });
        }
    }
}
