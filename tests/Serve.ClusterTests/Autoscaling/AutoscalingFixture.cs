using Serve.Testing;

namespace Serve.ClusterTests.Autoscaling;

/// <summary>One server for the tests of autoscaling; each of them has an application of its own there. One replica that wants a <c>seat</c> has room.</summary>
public sealed class AutoscalingFixture : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    internal ServeProcess Server { get; private set; } = null!;

    public async Task InitializeAsync() => Server = await ServeProcess.StartAsync(_folder.Path, "--resources", "seat=1");

    public async Task DisposeAsync()
    {
        await Server.DisposeAsync();
        _folder.Dispose();
    }
}

[CollectionDefinition(Name)]
public sealed class AutoscalingDefinition : ICollectionFixture<AutoscalingFixture>
{
    public const string Name = "autoscaling";
}
