using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Serve.Protocols.Tests.Grpc.Protos;
using Serve.Testing;

namespace Serve.Protocols.Tests.Grpc;

/// <summary>Deadlines and clients that go.</summary>
public sealed class GrpcTimeTests : IAsyncLifetime
{
    private const string Echo = "/test.grpc.Probe/Echo";
    private const string Chat = "/test.grpc.Probe/Chat";

    private readonly ProbeService _service = new();
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private GrpcHost _host = null!;

    public async Task InitializeAsync() => _host = await GrpcHost.StartAsync(static app => app.MapGrpcService<ProbeService>(), services => services.AddSingleton(_service));

    public async Task DisposeAsync()
    {
        _released.TrySetResult();
        await _host.DisposeAsync();
    }

    [Theory]
    [InlineData("2H")]
    [InlineData("99999999M")]
    [InlineData("7000S")]
    [InlineData("7000000m")]
    public async Task Deadline_OfTheClient_IsSeenByTheService(string timeout)
    {
        var left = TimeSpan.Zero;
        _service.OnEcho = (request, context) =>
        {
            left = context.Deadline - TimeProvider.System.GetUtcNow().UtcDateTime;
            return Task.FromResult(request);
        };
        (await _host.CallAsync(Echo, new Text(), ("grpc-timeout", timeout))).Status.ShouldBe(StatusCode.OK);
        left.ShouldBeGreaterThan(TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task Deadline_NotGiven_IsNone()
    {
        _service.OnEcho = static (_, context) => Task.FromResult(new Text { Value = (context.Deadline == DateTime.MaxValue).ToString() });
        (await _host.CallAsync(Echo, new Text())).Single(Text.Parser).Value.ShouldBe("True");
    }

    [Fact]
    public async Task Deadline_Passes_CancelsTheService()
    {
        _service.OnEcho = static async (request, context) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
            return request;
        };
        (await _host.CallAsync(Echo, new Text(), ("grpc-timeout", "100m"))).Status.ShouldBe(StatusCode.DeadlineExceeded);
    }

    [Theory]
    [InlineData(Echo)]
    [InlineData(Chat)]
    public async Task Deadline_PassesForAServiceThatDoesNotLook_TheClientIsAnsweredAllTheSame(string method)
    {
        _service.OnEcho = async (request, _) =>
        {
            await _released.Task;
            return request;
        };
        var late = new TaskCompletionSource<Exception>();
        _service.OnChat = async (_, responses, _) =>
        {
            await responses.WriteAsync(new Text { Value = "early" });
            await _released.Task;
            late.SetResult(await Should.ThrowAsync<Exception>(() => responses.WriteAsync(new Text { Value = "late" })));
        };
        var reply = await _host.CallAsync(method, new Text(), ("grpc-timeout", "200m"));
        reply.Status.ShouldBe(StatusCode.DeadlineExceeded);
        _released.SetResult();
        if (method == Chat)
            (await late.Task).ShouldBeAssignableTo<OperationCanceledException>();
    }

    [Fact]
    public async Task Deadline_ThatHasPassed_IsNotBegun()
    {
        var wasCalled = false;
        _service.OnEcho = (request, _) =>
        {
            wasCalled = true;
            return Task.FromResult(request);
        };
        (await _host.CallAsync(Echo, new Text(), ("grpc-timeout", "0n"))).Status.ShouldBe(StatusCode.DeadlineExceeded);
        wasCalled.ShouldBeFalse();
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("123456789m")]
    [InlineData("-1S")]
    [InlineData("5")]
    public async Task Deadline_ThatIsNone_IsRefused(string timeout)
    {
        var reply = await _host.CallAsync(Echo, new Text(), ("grpc-timeout", timeout));
        reply.Status.ShouldBe(StatusCode.InvalidArgument);
        reply.Detail.ShouldContain(timeout);
    }

    [Fact]
    public async Task Client_Goes_TheServiceIsCancelled()
    {
        var gone = new TaskCompletionSource();
        _service.OnChat = async (requests, responses, context) =>
        {
            await requests.MoveNext(context.CancellationToken);
            await responses.WriteAsync(requests.Current);
            context.CancellationToken.Register(() => gone.TrySetResult());
            await requests.MoveNext(CancellationToken.None);
        };
        await using var stream = await RawStream.OpenAsync(_host, Chat);
        await stream.WriteAsync(new Text { Value = "a" });
        (await stream.ReadAsync(Text.Parser))!.Value.ShouldBe("a");
        await stream.LeaveAsync();
        await gone.Task.WaitAsync(Eventually.Patience);
    }

    [Fact]
    public async Task Chat_MessageByMessage_IsAnsweredWhileItGoesOn()
    {
        await using var stream = await RawStream.OpenAsync(_host, Chat);
        for (var i = 0; i < 3; i++)
        {
            await stream.WriteAsync(new Text { Value = i.ToString() });
            (await stream.ReadAsync(Text.Parser))!.Value.ShouldBe(i.ToString());
        }

        stream.Complete();
        (await stream.FinishAsync()).Status.ShouldBe(StatusCode.OK);
    }
}
