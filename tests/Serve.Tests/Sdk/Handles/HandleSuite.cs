namespace Serve.Tests.Sdk.Handles;

/// <summary>What holds for handles whether the replica is in the same process or in another one: each test runs both ways.</summary>
public abstract class HandleSuite : IAsyncLifetime
{
    private protected HandleHost Host { get; private set; } = null!;

    private protected ISubject Remote => Host.Handle<ISubject>().Remote;

    private protected DeploymentHandle<ISubject> Handle => Host.Handle<ISubject>();

    private protected Subject Subject => Host.Object<Subject>();

    public static TheoryData<bool> BothWays => [false, true];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (Host is not null)
            await Host.DisposeAsync();
    }

    private protected async Task<HandleHost> StartAsync(bool isRemote, int replicas = 1, int maxOngoing = 100, int maxQueued = -1)
    {
        Host = new HandleHost(isRemote) { Deployments = [typeof(Subject)] };
        await Host.StartAsync<Subject>(replicas, maxOngoing, maxQueued);
        return Host;
    }

    private protected static async IAsyncEnumerable<int> Numbers(int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (i % 10 == 0)
                await Task.Yield();
            yield return i;
        }
    }
}
