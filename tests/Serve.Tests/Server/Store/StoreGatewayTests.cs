using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Serve.Server.Store;
using Serve.Server.Store.Etcd;
using Serve.Testing;

namespace Serve.Tests.Server.Store;

/// <summary>What the served store does beyond the conformance kit: restarts under its clients, refusals, bounds, rights.</summary>
public sealed class StoreGatewayTests : IAsyncLifetime
{
    private readonly ServedStore _served = new();

    public Task InitializeAsync() => _served.StartAsync();

    public async Task DisposeAsync() => await _served.DisposeAsync();

    [Fact]
    public async Task Watch_StoreIsStartedAgain_MustReadAgain()
    {
        await using var client = _served.Connect();
        await PutAsync(client, "a", "1");
        await using var watch = new WatchReader(client, "", 1);
        (await watch.NextAsync()).ShouldBe("a=1");
        watch.Begin();
        await _served.StopAsync();
        await _served.StartAsync();
        // The new process remembers no changes of the old one, so that nobody can know what was missed: the range is read again.
        await Should.ThrowAsync<StoreCompactedException>(watch.NextEventAsync);
    }

    [Fact]
    public async Task Watch_ConnectionIsCutInTheMiddleOfARevision_DeliversTheRest()
    {
        var (upstream, downstream) = (_served.Socket, Path.Combine(Path.GetDirectoryName(_served.Socket)!, "cut.sock"));
        await using var cutter = new CuttingRelay(downstream, upstream, linesMore: 3);
        await using var client = EtcdStore.OnSocket(() => downstream, TimeProvider.System, _served.Log.CreateLogger<EtcdStore>());
        var changes = Enumerable.Range(0, 7).Select(i => new StoreChange($"k{i}", Encoding.UTF8.GetBytes($"{i}"))).ToArray();
        await _served.Store.TxnAsync(new StoreTxn([], changes), default);
        await StoreFolder.PutAsync(_served.Store, "last", "1");
        await using var watch = new WatchReader(client, "", 1);
        (await watch.NextAsync(8)).ShouldBe("k0=0 k1=1 k2=2 k3=3 k4=4 k5=5 k6=6 last=1");
        cutter.Cuts.ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task Request_NobodyServes_SaysThatItDidNotHappen()
    {
        await using var client = _served.Connect();
        await _served.StopAsync();
        var error = await Should.ThrowAsync<StoreUnavailableException>(() => PutAsync(client, "a", "1"));
        error.MayHaveHappened.ShouldBeFalse();
        await _served.StartAsync();
        (await client.RangeAsync("", default)).Entries.ShouldBeEmpty();
        _served.Log.Entries.Count(entry => entry.EventId == 3201).ShouldBe(1);
        _served.Log.Entries.Count(entry => entry.EventId == 3202).ShouldBe(1);
    }

    [Fact]
    public async Task Txn_StoreDiesBeforeItAnswers_SaysThatItMayHaveHappened()
    {
        var isFull = true;
        await _served.StopAsync();
        await _served.StartAsync(() =>
        {
            if (isFull)
                throw new IOException("No space left on device");
        });
        await using var client = _served.Connect();
        var txn = PutAsync(client, "a", "1");
        await Eventually.TrueAsync(() => _served.Log.Errors.Any(entry => entry.EventId == 3001));
        await _served.StopAsync();
        (await Should.ThrowAsync<StoreUnavailableException>(() => txn)).MayHaveHappened.ShouldBeTrue();
    }

    [Fact]
    public void Socket_IsForItsOwnerOnly()
    {
        if (OperatingSystem.IsWindows())
            return;
        File.GetUnixFileMode(_served.Socket).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Theory]
    [InlineData("/v3/kv/range", """{"key":"YQ=="}""", 501, "all keys with a prefix only")]
    [InlineData("/v3/kv/range", """{"key":"YQ==","range_end":"eg=="}""", 501, "all keys with a prefix only")]
    [InlineData("/v3/kv/range", """{"key":"YQ==","range_end":"Yg==","limit":"1"}""", 400, "limit")]
    [InlineData("/v3/kv/txn", """{"compare":[{"key":"YQ==","target":"VALUE","value":"YQ=="}]}""", 400, "value")]
    [InlineData("/v3/kv/txn", """{"compare":[{"key":"YQ==","target":"MOD","create_revision":"1"}]}""", 501, "MOD")]
    [InlineData("/v3/kv/txn", """{"failure":[{"request_put":{"key":"YQ=="}}]}""", 501, "where the conditions of a transaction fail")]
    [InlineData("/v3/kv/txn", """{"success":[{"request_delete_range":{"key":"YQ==","range_end":"Yg=="}}]}""", 501, "single keys")]
    [InlineData("/v3/kv/txn", """{"success":[{"request_put":{"value":"YQ=="}}]}""", 400, "A key is missing")]
    [InlineData("/v3/kv/txn", """{"success":[{"request_put":{"key":"YQ=="}},{"request_put":{"key":"YQ=="}}]}""", 400, "changes 'a' twice")]
    [InlineData("/v3/kv/txn", "{", 400, "JSON")]
    [InlineData("/v3/kv/txn", "null", 400, "null")]
    [InlineData("/v3/lease/grant", """{"TTL":"0"}""", 400, "between 1 and 86400")]
    [InlineData("/v3/watch", "{}", 501, "create_request")]
    [InlineData("/v3/kv/compaction", """{"revision":"1"}""", 501, "/v3/kv/compaction")]
    public async Task Request_ThatTheStoreDoesNotKnow_IsRefusedAndChangesNothing(string path, string body, int status, string reason)
    {
        using var http = Http();
        using var response = await http.PostAsync(path, Json(body));
        ((int)response.StatusCode).ShouldBe(status);
        JsonNode.Parse(await response.Content.ReadAsStringAsync())!["message"]!.GetValue<string>().ShouldContain(reason);
        (await _served.Store.RangeAsync("", default)).Entries.ShouldBeEmpty();
    }

    [Fact]
    public async Task Request_OverTheBound_IsRefused()
    {
        using var http = Http();
        http.DefaultRequestHeaders.ExpectContinue = true;
        using var response = await http.PostAsync("/v3/kv/txn", Json(new string(' ', 17 * 1024 * 1024)));
        response.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    private HttpClient Http() => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_served.Socket), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri("http://store/"),
    };

    private static StringContent Json(string text) => new(text, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));

    private static async Task<StoreTxnResult> PutAsync(IClusterStore store, string key, string value) =>
        await store.TxnAsync(new StoreTxn([], [new StoreChange(key, Encoding.UTF8.GetBytes(value))]), default);
}
