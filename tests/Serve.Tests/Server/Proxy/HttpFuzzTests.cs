using System.Net.Sockets;
using Serve.Server.Proxy;
using Serve.Specs;
using Serve.Testing;

namespace Serve.Tests.Server.Proxy;

/// <summary>Whatever bytes clients send, the proxy goes on serving and keeps nothing of them. Each run is decided by its seed.</summary>
[Collection(Alone)]
public sealed class HttpFuzzTests : ProxyHarness
{
    /// <summary>The collection of tests that measure the memory of the whole process.</summary>
    public const string Alone = "Memory of the proxy";

    private const int Connections = 1000;

    private const long MaxGrowth = 16L * 1024 * 1024;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Proxy_BrokenRequests_GoesOnServingAtFlatMemory(int seed)
    {
        await ServeAsync(WorkerStub.EchoAsync);
        var proxy = await StartAsync(new HttpOptions { RequestHeadersTimeout = TimeSpan.FromSeconds(1) });
        var random = new Random(seed);
        await FuzzAsync(proxy, random, Connections / 4);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await FuzzAsync(proxy, random, Connections);
        Log.Entries.Clear();
        var growth = long.MaxValue;
        await Eventually.TrueAsync(() => (growth = Math.Min(growth, GC.GetTotalMemory(forceFullCollection: true) - before)) < MaxGrowth);
    }

    private async Task FuzzAsync(ProxyServer proxy, Random random, int count)
    {
        const int AtOnce = 10;
        using var http = ClientOf(proxy.HttpAddress);
        for (var i = 0; i < count; i += AtOnce)
        {
            var requests = Enumerable.Range(0, AtOnce).Select(_ => HttpFuzz.Next(random)).ToList();
            await Task.WhenAll(requests.Select(request => SendAsync(random.Next(5) == 0 ? proxy.GrpcAddress : proxy.HttpAddress, request)));
            (await http.GetStringAsync("/-/healthz")).ShouldBe("success");
            using var echo = await http.PostAsync("/", new StringContent("still there"));
            (await echo.Content.ReadAsStringAsync()).ShouldBe("still there");
        }

        Log.Errors.ShouldBeEmpty();
    }

    /// <summary>Sends the request in the pieces that it has, reads an answer if one comes at once, and goes.</summary>
    private static async Task SendAsync(Uri address, IReadOnlyList<byte[]> pieces)
    {
        using var client = new TcpClient { NoDelay = true };
        try
        {
            await client.ConnectAsync(address.Host, address.Port);
            var stream = client.GetStream();
            foreach (var piece in pieces)
                await stream.WriteAsync(piece);
            using var wait = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));
            _ = await stream.ReadAtLeastAsync(new byte[256], minimumBytes: 1, throwOnEndOfStream: false, wait.Token);
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
        {
            // Cut off, or left waiting: both are well.
        }
    }

    [CollectionDefinition(Alone, DisableParallelization = true)]
    public sealed class OnItsOwn;
}
