using System.Net;
using Microsoft.AspNetCore.Http;
using Serve.Testing;

namespace Serve.Tests.Server.Proxy;

/// <summary>When a request ends that is not finished: its time is up, or its client has gone.</summary>
public sealed class ProxyTimeTests : ProxyHarness
{
    [Fact]
    public async Task Request_ApplicationHasATimeout_EndsThen()
    {
        await ServeAsync(static context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted), timeout: TimeSpan.FromMilliseconds(50));
        using var http = ClientOf((await StartAsync()).HttpAddress);
        using var response = await http.GetAsync("/");
        response.StatusCode.ShouldBe(HttpStatusCode.RequestTimeout);
        (await response.Content.ReadAsStringAsync()).ShouldContain("0.05 s");
    }

    [Fact]
    public async Task Stream_TimeIsUpInTheMiddle_FirstPartArrivesThenItIsCutOff()
    {
        await ServeAsync(static async context =>
        {
            await context.Response.WriteAsync("first");
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        using var http = ClientOf((await StartAsync()).HttpAddress);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "x-request-timeout-seconds", "0.5" } } };
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var body = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[5];
        await body.ReadExactlyAsync(buffer);
        buffer.ShouldBe("first"u8.ToArray());
        await Should.ThrowAsync<IOException>(async () => await body.ReadExactlyAsync(new byte[1]));
    }

    [Fact]
    public async Task GrpcCall_ItsDeadline_EndsItAndTellsTheWorkerWhatIsLeft()
    {
        var told = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await ServeAsync(async context =>
        {
            told.TrySetResult(context.Request.Headers["grpc-timeout"].ToString());
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        });
        using var http = ClientOf((await StartAsync()).GrpcAddress, HttpVersion.Version20);
        using var call = GrpcCall("/pkg.Service/Hang");
        call.Headers.Add("grpc-timeout", "100m");
        using var response = await http.SendAsync(call);
        GrpcStatusOf(response).ShouldBe("4");
        (await told.Task).ShouldEndWith("m");
    }

    [Fact]
    public async Task Client_Leaves_WorkerIsToldToStop()
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await ServeAsync(async context =>
        {
            await using var registration = context.RequestAborted.Register(stopped.SetResult);
            started.SetResult();
            await stopped.Task;
        });
        using var http = ClientOf((await StartAsync()).HttpAddress);
        using var leave = new CancellationTokenSource();
        var request = http.GetAsync("/", leave.Token);
        await started.Task.WaitAsync(Eventually.Patience);
        await leave.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => request);
        await stopped.Task.WaitAsync(Eventually.Patience);
    }

    [Fact]
    public async Task Client_LeavesWorkThatShallGoOn_WorkerFinishes()
    {
        using var started = new CountdownEvent(2);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var finished = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await ServeAsync(async context =>
        {
            started.Signal();
            if (context.Request.Path == "/stops")
            {
                await using var registration = context.RequestAborted.Register(stopped.SetResult);
                await stopped.Task;
                return;
            }

            await go.Task;
            finished.TrySetResult(context.RequestAborted.IsCancellationRequested);
        });
        using var http = ClientOf((await StartAsync()).HttpAddress);
        using var leave = new CancellationTokenSource();
        using var lasting = new HttpRequestMessage(HttpMethod.Get, "/lasts") { Headers = { { "x-request-disconnect-disabled", "?1" } } };
        var requests = new[] { http.SendAsync(lasting, leave.Token), http.GetAsync("/stops", leave.Token) };
        await Eventually.TrueAsync(() => started.IsSet);
        await leave.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => Task.WhenAll(requests));
        await stopped.Task.WaitAsync(Eventually.Patience);
        go.SetResult();
        (await finished.Task.WaitAsync(Eventually.Patience)).ShouldBeFalse();
    }
}
