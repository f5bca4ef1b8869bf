using System.Diagnostics;
using Serve.Testing;

namespace Serve.ClusterTests.Autoscaling;

/// <summary>The controller that scales and the node that has the load are two processes.</summary>
public sealed class SplitRoleTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private SplitServer _server = null!;

    public async Task InitializeAsync() => _server = await SplitServer.StartAsync(_folder.Path);

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Load_OfANodeInAnotherProcess_IsKnownToEachControllerAndGoesWithItsCaller()
    {
        await using var application = await ScaledApplication.OfficeAsync(_server, """ "max_replicas": 4 """);
        application.Hold(3, "archive");
        var before = await application.ReplicasAsync(3);

        // The next controller hears all of it anew, and takes nothing away meanwhile.
        await _server.KillControllerAsync();
        await _server.StartControllerAgainAsync();
        await Eventually.TrueAsync(async () => (await application.LoadAsync()).Running == 3);
        (await application.ReplicasAsync(3)).ShouldBe(before);

        using (var caller = Process.GetProcessById((await application.ProcessesAsync("Office")).Single()))
            caller.Kill();
        await application.LoseAsync();
        await application.ReplicasAsync(1);
        (await application.LoadAsync()).ShouldSatisfyAllConditions(load => load.Running.ShouldBe(0), load => load.Queued.ShouldBe(0));
    }
}
