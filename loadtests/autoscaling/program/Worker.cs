using Serve;

namespace Load;

/// <summary>What is scaled: each request waits for as long as it says, so that many replicas fit on few cores.</summary>
[Deployment(NumCpus = 0)]
internal sealed class Worker : IIngress
{
    public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapGet("/work", async (int ms, CancellationToken cancellationToken) =>
    {
        await Task.Delay(TimeSpan.FromMilliseconds(ms), TimeProvider.System, cancellationToken);
        return Environment.ProcessId.ToString();
    });
}
