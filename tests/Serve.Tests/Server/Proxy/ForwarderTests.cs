using System.Net;
using Microsoft.AspNetCore.Http;
using Serve.Routing;
using Serve.Server.Proxy;
using Serve.Testing;

namespace Serve.Tests.Server.Proxy;

/// <summary>What the proxy does where a replica does not take a request, or does not answer it.</summary>
public sealed class ForwarderTests : ProxyHarness
{
    private readonly List<WorkerStub> _workers = [];
    private ProxyServer _proxy = null!;
    private HttpClient _http = null!;

    public override async Task InitializeAsync()
    {
        _proxy = await StartAsync();
        _http = ClientOf(_proxy.HttpAddress);
    }

    public override async Task DisposeAsync()
    {
        _http.Dispose();
        foreach (var worker in _workers)
            await worker.DisposeAsync();
        await base.DisposeAsync();
    }

    [Theory]
    [InlineData(10)]
    [InlineData(1024 * 1024)]
    public async Task Replica_IsFull_AnotherGetsTheWholeRequest(int length)
    {
        var (full, free) = (await WorkerAsync(WorkerStub.EchoAsync, limit: 0), await WorkerAsync(WorkerStub.EchoAsync));
        var body = new string('x', length);
        for (var i = 0; i < 10; i++)
        {
            // Anew each time, so that nobody knows yet that it is full.
            Publish(full.Route with { Id = $"{full.Route.Id}{i}" }, free.Route);
            (await PostAsync(body)).ShouldBe("200 " + body);
        }

        full.Requests.ShouldBe(0);
        free.Requests.ShouldBe(10);
    }

    [Fact]
    public async Task AllReplicas_AreFull_RequestWaitsForTheFirstSlot()
    {
        var workers = new[] { await WorkerAsync(WorkerStub.EchoAsync, limit: 0), await WorkerAsync(WorkerStub.EchoAsync, limit: 0) };
        Publish([.. workers.Select(worker => worker.Route)]);
        var router = Routes.Current.Applications["shop"].Ingress!;
        var requests = Enumerable.Range(0, 3).Select(i => PostAsync($"{i}")).ToList();
        await Eventually.TrueAsync(() => router.Waiting == 3);
        workers[1].Gate.Limit = 1;
        (await Task.WhenAll(requests)).ShouldBe(["200 0", "200 1", "200 2"]);
        workers[0].Requests.ShouldBe(0);
    }

    [Fact]
    public async Task Replica_SocketIsDead_AnotherAnswersAndNobodyNotices()
    {
        var alive = await WorkerAsync(WorkerStub.EchoAsync);
        Publish(new ReplicaRoute("dead", Folder.File("dead.sock")), alive.Route);
        for (var i = 0; i < 20; i++)
            (await PostAsync($"{i}")).ShouldBe($"200 {i}");
        alive.Requests.ShouldBe(20);
    }

    [Fact]
    public async Task Replica_DiesWhileItWorks_RequestFailsOnceAndIsNotDoneTwice()
    {
        var (one, two) = (await WorkerAsync(DieAsync), await WorkerAsync(DieAsync));
        Publish(one.Route, two.Route);
        (await PostAsync("hello")).ShouldStartWith("500 ");
        (one.Requests + two.Requests).ShouldBe(1, "nobody knows how far it had come");
        Log.Entries.ShouldContain(entry => entry.EventId == 6001);
    }

    [Fact]
    public async Task Replica_DiesWhileItReads_AnotherAnswersWhatMayBeAskedTwice()
    {
        var (one, two) = (await WorkerAsync(DieAsync), await WorkerAsync(WorkerStub.EchoAsync));
        Publish(one.Route, two.Route);
        for (var i = 0; i < 10; i++)
            (await GetAsync("/")).ShouldBe("200 ");
        two.Requests.ShouldBe(10);
    }

    [Fact]
    public async Task Replica_DiesInTheMiddleOfItsAnswer_ClientSeesThatItIsNotAll()
    {
        var worker = await WorkerAsync(static async context =>
        {
            await context.Response.WriteAsync("half");
            await context.Response.Body.FlushAsync();
            context.Abort();
        });
        Publish(worker.Route);
        await Should.ThrowAsync<HttpRequestException>(() => _http.GetStringAsync("/"));
        worker.Requests.ShouldBe(1);
    }

    [Fact]
    public async Task Replica_AnswersBeforeItHasReadTheBody_ClientGetsTheAnswer()
    {
        var worker = await WorkerAsync(static context =>
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return context.Response.WriteAsync("not you");
        });
        Publish(worker.Route);
        (await PostAsync(new string('x', 1_000_000))).ShouldBe("403 not you");
        (await PostAsync("short")).ShouldBe("403 not you");
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
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "x-request-timeout-seconds", "0.2" } } };
        using var response = await _http.SendAsync(request);
        response.StatusCode.ShouldBe(HttpStatusCode.RequestTimeout);
        await cancelled.Task.WaitAsync(Eventually.Patience);
    }

    [Fact]
    public async Task Upload_ThatAsksFirst_IsToldToGoOnByTheReplicaThatTakesIt()
    {
        var worker = await WorkerAsync(WorkerStub.EchoAsync);
        Publish(worker.Route);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new StringContent("go on"), Headers = { ExpectContinue = true } };
        using var response = await _http.SendAsync(request);
        (await response.Content.ReadAsStringAsync()).ShouldBe("go on");
    }

    [Fact]
    public async Task Headers_ThatOnlyServeMaySay_DontComeFromClients()
    {
        var worker = await WorkerAsync(static context => context.Response.WriteAsync(string.Join(' ', context.Request.Headers.Select(header => $"{header.Key.ToLowerInvariant()}={header.Value}"))));
        Publish(worker.Route);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        foreach (var name in new[] { "x-serve-wait", "x-serve-call", "X-SERVE-ANYTHING", "X-Forwarded-For", "Forwarded" })
            request.Headers.TryAddWithoutValidation(name, "spoofed");
        request.Headers.Add("x-request-id", "mine");
        using var response = await _http.SendAsync(request);
        var seen = await response.Content.ReadAsStringAsync();
        seen.ShouldNotContain("spoofed");
        seen.ShouldContain("x-request-id=mine");
        response.Headers.GetValues("x-request-id").ShouldBe(["mine"]);
    }

    [Fact]
    public async Task Table_BeforeAControllerHasSpoken_SaysSoAndThenWhatIsThere()
    {
        (await GetAsync("/-/healthz")).ShouldStartWith("503 ");
        (await GetAsync("/anything")).ShouldContain("not populated yet");
        Routes.MarkPopulated();
        (await GetAsync("/-/healthz")).ShouldBe("200 success");
        (await GetAsync("/anything")).ShouldStartWith("404 ");
        Publish((await WorkerAsync(WorkerStub.EchoAsync)).Route);
        (await GetAsync("/-/routes")).ShouldContain("\"/\":\"shop\"");
    }

    private static Task DieAsync(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    private async Task<WorkerStub> WorkerAsync(RequestDelegate handle, int limit = 100)
    {
        var worker = await WorkerStub.StartAsync(Folder.File($"{_workers.Count}.sock"), $"shop#Api#1-{_workers.Count}", handle, limit);
        _workers.Add(worker);
        return worker;
    }

    private void Publish(params IReadOnlyList<ReplicaRoute> replicas) =>
        Routes.Update(new ApplicationRoutes("shop", "/", "Api", [new DeploymentRoutes("Api", MaxOngoingRequests: 10, MaxQueuedRequests: 10, replicas)]));

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
