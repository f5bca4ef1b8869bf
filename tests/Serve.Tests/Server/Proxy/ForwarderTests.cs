using System.Net;
using Microsoft.AspNetCore.Http;
using Serve.Routing;
using Serve.Server.Proxy;
using Serve.Specs;
using Serve.Testing;
using Serve.Wire;

namespace Serve.Tests.Server.Proxies;

/// <summary>What the proxy does where a replica does not take a request, or does not answer it.</summary>
public sealed class ForwarderTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestLog _log = new();
    private readonly List<WorkerStub> _workers = [];
    private readonly RouteTableFeed _routes = new(static route => new RemoteReplica(route), TimeProvider.System);
    private ProxyServer _proxy = null!;
    private HttpClient _http = null!;

    public async Task InitializeAsync()
    {
        _proxy = await ProxyServer.StartAsync(new HttpOptions { Port = 0 }, new GrpcOptions { Port = 0 }, _routes, TimeProvider.System, _log, default);
        _http = new HttpClient { BaseAddress = _proxy.HttpAddress, Timeout = Eventually.Patience };
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _proxy.DisposeAsync();
        foreach (var worker in _workers)
            await worker.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Replica_Refuses_AnotherGetsTheWholeRequest()
    {
        var (full, free) = (await WorkerAsync(WorkerStub.RefuseAsync), await WorkerAsync(WorkerStub.EchoAsync));
        Publish(full.Route, free.Route);
        for (var i = 0; i < 20; i++)
            (await PostAsync($"body {i}")).ShouldBe($"200 body {i}");
        full.Requests.ShouldBeGreaterThan(0);
        free.Requests.ShouldBe(20);
    }

    [Fact]
    public async Task Replica_RefusesALongBodyBeforeReadingIt_AnotherGetsAllOfIt()
    {
        var (full, free) = (await WorkerAsync(WorkerStub.RefuseAsync), await WorkerAsync(WorkerStub.EchoAsync));
        Publish(full.Route, free.Route);
        var body = new string('x', 1024 * 1024);
        for (var i = 0; i < 10; i++)
            (await PostAsync(body)).ShouldBe("200 " + body);
        full.Requests.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Replica_RefusesAfterItReadTooMuch_ClientIsToldToTryAgain()
    {
        var late = await WorkerAsync(static async context =>
        {
            await context.Request.Body.ReadExactlyAsync(new byte[200 * 1024]);
            await WorkerStub.RefuseAsync(context);
        });
        Publish(late.Route);
        (await PostAsync(new string('x', 300 * 1024))).ShouldContain("too much of its body was sent to send it again");
    }

    [Fact]
    public async Task AllReplicas_Refuse_RequestWaitsAtTheGateOfOne()
    {
        static Task OnlyIfItWaits(HttpContext context) => context.Request.Headers.ContainsKey(HopHeaders.Wait) ? WorkerStub.EchoAsync(context) : WorkerStub.RefuseAsync(context);
        var workers = new[] { await WorkerAsync(OnlyIfItWaits), await WorkerAsync(OnlyIfItWaits), await WorkerAsync(OnlyIfItWaits), await WorkerAsync(OnlyIfItWaits) };
        Publish([.. workers.Select(worker => worker.Route)]);
        (await PostAsync("hello")).ShouldBe("200 hello");
        workers.Sum(worker => worker.Requests).ShouldBe(4);
    }

    [Fact]
    public async Task Replica_SocketIsDead_AnotherAnswersAndNobodyNotices()
    {
        var alive = await WorkerAsync(WorkerStub.EchoAsync);
        Publish(new ReplicaRoute("dead", _folder.File("dead.sock")), alive.Route);
        for (var i = 0; i < 20; i++)
            (await PostAsync($"{i}")).ShouldBe($"200 {i}");
        alive.Requests.ShouldBe(20);
    }

    [Fact]
    public async Task Replica_DiesWhileItWorks_RequestFailsOnceAndIsNotDoneTwice()
    {
        static Task Die(HttpContext context)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        var (one, two) = (await WorkerAsync(Die), await WorkerAsync(Die));
        Publish(one.Route, two.Route);
        (await PostAsync("hello")).ShouldStartWith("500 ");
        (one.Requests + two.Requests).ShouldBe(1, "nobody knows how far it had come");
        _log.Entries.ShouldContain(entry => entry.EventId == 6001);
    }

    [Fact]
    public async Task Replica_FailsItself_ItsAnswerIsTheClients()
    {
        var worker = await WorkerAsync(static context =>
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return context.Response.WriteAsync("my own");
        });
        Publish(worker.Route);
        (await PostAsync("hello")).ShouldBe("503 my own");
        worker.Requests.ShouldBe(1);
    }

    [Fact]
    public async Task Replica_TooSlow_RequestEndsAtItsDeadlineAndTheWorkerHearsOfIt()
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var worker = await WorkerAsync(async context =>
        {
            await using var registration = context.RequestAborted.Register(cancelled.SetResult);
            await cancelled.Task;
        });
        Publish(worker.Route);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Add(HopHeaders.ClientTimeout, "0.2");
        using var response = await _http.SendAsync(request);
        response.StatusCode.ShouldBe(HttpStatusCode.RequestTimeout);
        await cancelled.Task.WaitAsync(Eventually.Patience);
    }

    [Fact]
    public async Task Headers_ThatOnlyServeMaySay_DontComeFromClients()
    {
        var worker = await WorkerAsync(static context => context.Response.WriteAsync(string.Join(' ', context.Request.Headers
            .Where(header => header.Key.StartsWith("x-", StringComparison.OrdinalIgnoreCase) || header.Key.Equals("forwarded", StringComparison.OrdinalIgnoreCase))
            .Select(header => $"{header.Key.ToLowerInvariant()}={header.Value}").Order(StringComparer.Ordinal))));
        Publish(worker.Route);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        foreach (var name in new[] { HopHeaders.Wait, "x-serve-call", HopHeaders.ClientAddress, "X-SERVE-ANYTHING", "X-Forwarded-For", "Forwarded" })
            request.Headers.TryAddWithoutValidation(name, "spoofed");
        request.Headers.Add(HopHeaders.RequestId, "mine");
        using var response = await _http.SendAsync(request);
        var seen = await response.Content.ReadAsStringAsync();
        seen.ShouldNotContain("spoofed");
        seen.ShouldContain("x-request-id=mine");
        seen.ShouldContain($"{HopHeaders.ClientAddress}=127.0.0.1");
        response.Headers.GetValues(HopHeaders.RequestId).ShouldBe(["mine"]);
    }

    [Fact]
    public async Task Table_BeforeAControllerHasSpoken_SaysSoAndThenWhatIsThere()
    {
        (await GetAsync("/-/healthz")).ShouldStartWith("503 ");
        (await GetAsync("/anything")).ShouldContain("not populated yet");
        _routes.MarkPopulated();
        (await GetAsync("/-/healthz")).ShouldBe("200 success");
        (await GetAsync("/anything")).ShouldStartWith("404 ");
        Publish((await WorkerAsync(WorkerStub.EchoAsync)).Route);
        (await GetAsync("/-/routes")).ShouldContain("\"/\":\"shop\"");
    }

    private async Task<WorkerStub> WorkerAsync(RequestDelegate handle)
    {
        var worker = await WorkerStub.StartAsync(_folder.File($"{_workers.Count}.sock"), $"shop#Api#1-{_workers.Count}", handle);
        _workers.Add(worker);
        return worker;
    }

    private void Publish(params IReadOnlyList<ReplicaRoute> replicas) =>
        _routes.Update(new ApplicationRoutes("shop", "/", "Api", [new DeploymentRoutes("Api", MaxOngoingRequests: 10, MaxQueuedRequests: 10, replicas)]));

    private async Task<string> PostAsync(string body)
    {
        using var response = await _http.PostAsync("/", new StringContent(body));
        return $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}";
    }

    private async Task<string> GetAsync(string path)
    {
        using var response = await _http.GetAsync(path);
        return $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}";
    }
}
