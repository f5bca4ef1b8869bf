using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Serve.Testing;
using Serve.Wire.Hop;

namespace Serve.Tests.Sdk.Server;

/// <summary>Admission, aborts from both ends, upgrades and the stop.</summary>
public sealed class HopServerLifetimeTests
{
    [Fact]
    public async Task Open_OverTheLimit_IsRefusedAndToldWhenThereIsRoom()
    {
        var goOn = new TaskCompletionSource();
        await using var program = await HopProgram.StartAsync(app => app.Run(_ => goOn.Task), limit: 2);
        var inside = new[] { await OpenAsync(program), await OpenAsync(program) };
        await Eventually.TrueAsync(() => program.Gate.Ongoing == 2);
        await using var third = await OpenAsync(program, isComplete: false);
        (await third.Stream.WaitAnswerAsync()).ShouldBe(HopAnswer.Refused);
        third.Stream.Refusal.ShouldBe(HopRefusal.Full);
        program.SeenLoad.ShouldBe(2);
        program.FreeCount.ShouldBe(0);
        goOn.SetResult();
        await Eventually.TrueAsync(() => program.FreeCount == 1);
        foreach (var exchange in inside)
            (await exchange.ReadReplyAsync()).Status.ShouldBe(200);
        (await program.GetAsync("/")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Open_OneAfterTheOtherAtALimitOfOne_IsNeverRefused()
    {
        await using var program = await HopProgram.StartAsync(app => app.Run(static context => context.Response.WriteAsync("ok")), limit: 1);
        for (var i = 0; i < 500; i++)
            (await program.GetAsync("/")).Text.ShouldBe("ok");
    }

    [Fact]
    public async Task Open_ManyAtOnce_NeverMoreThanTheLimitInside()
    {
        var inside = 0;
        var most = 0;
        await using var program = await HopProgram.StartAsync(
            app => app.Run(async _ =>
            {
                InterlockedMax(ref most, Interlocked.Increment(ref inside));
                await Task.Yield();
                Interlocked.Decrement(ref inside);
            }),
            limit: 3);
        var served = 0;
        await Parallel.ForAsync(0, 300, async (_, _) =>
        {
            await using var exchange = await OpenAsync(program);
            if (await exchange.Stream.WaitAnswerAsync() != HopAnswer.Refused)
                Interlocked.Increment(ref served);
        });
        most.ShouldBeInRange(1, 3);
        served.ShouldBeGreaterThan(0);
        await Eventually.TrueAsync(() => program.Gate.Ongoing == 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RequestAborted_ClientResetsOrGoes_IsCancelledAndTheSlotFreed(bool reset)
    {
        var hasBegun = new TaskCompletionSource();
        var isCancelled = new TaskCompletionSource();
        await using var program = await HopProgram.StartAsync(app => app.Run(async context =>
        {
            hasBegun.SetResult();
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
            }
            finally
            {
                isCancelled.SetResult();
            }
        }));
        await using var exchange = await OpenAsync(program);
        await hasBegun.Task.WaitAsync(Eventually.Patience);
        if (reset)
            exchange.Stream.Reset(HopResetCode.Cancelled);
        else
            await program.Client.DisposeAsync();
        await isCancelled.Task.WaitAsync(Eventually.Patience);
        await Eventually.TrueAsync(() => program.Gate.Ongoing == 0);
        program.Log.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Writes_AfterTheClientHasGone_GoNowhereWithoutAnError()
    {
        var result = new TaskCompletionSource<bool>();
        await using var program = await HopProgram.StartAsync(app => app.Run(async context =>
        {
            await context.Response.WriteAsync("first");
            var gone = new TaskCompletionSource();
            await using (context.RequestAborted.Register(gone.SetResult))
                await gone.Task;
            await context.Response.Body.WriteAsync(new byte[2_000_000], CancellationToken.None);
            result.SetResult((await context.Response.BodyWriter.FlushAsync(CancellationToken.None)).IsCompleted);
        }));
        await using var exchange = await OpenAsync(program);
        await exchange.ReadHeadAsync();
        exchange.Stream.Reset(HopResetCode.Cancelled);
        (await result.Task.WaitAsync(Eventually.Patience)).ShouldBeTrue();
        program.Log.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Reads_AfterTheClientHasGone_Fail()
    {
        var hasBegun = new TaskCompletionSource();
        var failure = new TaskCompletionSource<Exception>();
        await using var program = await HopProgram.StartAsync(app => app.Run(async context =>
        {
            var reading = context.Request.Body.ReadExactlyAsync(new byte[100]).AsTask();
            hasBegun.SetResult();
            failure.SetResult(await Should.ThrowAsync<IOException>(reading));
        }));
        await using var exchange = await OpenAsync(program, isComplete: false);
        await exchange.Stream.WriteAsync(new byte[10]);
        await hasBegun.Task.WaitAsync(Eventually.Patience);
        exchange.Stream.Reset(HopResetCode.Cancelled);
        await failure.Task.WaitAsync(Eventually.Patience);
    }

    [Fact]
    public async Task Abort_ByTheApplication_ResetsAndCancelsItsOwnToken()
    {
        var isCancelled = new TaskCompletionSource();
        await using var program = await HopProgram.StartAsync(app => app.Run(context =>
        {
            context.RequestAborted.Register(isCancelled.SetResult);
            context.Abort();
            return isCancelled.Task;
        }));
        await using var exchange = await OpenAsync(program);
        (await Should.ThrowAsync<HopResetException>(exchange.ReadReplyAsync())).Code.ShouldBe(HopResetCode.Failed);
    }

    [Fact]
    public async Task Upgrade_WebSocket_CarriesMessagesBothWays()
    {
        await using var program = await HopProgram.StartAsync(MapSocket);
        await using var exchange = await program.OpenAsync(
            HopProgram.HeadOf("GET", "/socket") with { IsUpgrade = true },
            [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")],
            isComplete: false);
        var head = await exchange.ReadHeadAsync();
        head.Status.ShouldBe(101);
        head["Upgrade"].ShouldBe("websocket");
        head["Sec-WebSocket-Accept"].ShouldBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        await EchoAsync(exchange);
        await Eventually.TrueAsync(() => program.Gate.Ongoing == 0);
        program.Log.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Connect_ExtendedWebSocket_CarriesMessagesBothWays()
    {
        await using var program = await HopProgram.StartAsync(MapSocket);
        await using var exchange = await program.OpenAsync(
            HopProgram.HeadOf("CONNECT", "/socket") with { IsUpgrade = true, Protocol = "HTTP/2" }, [(":protocol", "websocket"), ("Sec-WebSocket-Version", "13")], isComplete: false);
        (await exchange.ReadHeadAsync()).Status.ShouldBe(200);
        await EchoAsync(exchange);
        (await program.GetAsync("/socket")).Status.ShouldBe(400);
    }

    [Fact]
    public async Task Stop_WithRequestsInside_LetsThemEndAndTakesNoMore()
    {
        var goOn = new TaskCompletionSource();
        await using var program = await HopProgram.StartAsync(app => app.Run(async context =>
        {
            await goOn.Task;
            await context.Response.WriteAsync(new string('x', 100_000));
        }));
        await using var exchange = await OpenAsync(program);
        await Eventually.TrueAsync(() => program.Gate.Ongoing == 1);
        var stopping = program.StopAsync();
        await Eventually.TrueAsync(() => program.IsDraining);
        await using var late = await OpenAsync(program);
        (await late.Stream.WaitAnswerAsync()).ShouldBe(HopAnswer.Refused);
        late.Stream.Refusal.ShouldBe(HopRefusal.Draining);
        goOn.SetResult();
        (await exchange.ReadReplyAsync()).Text.Length.ShouldBe(100_000);
        await stopping.WaitAsync(Eventually.Patience);
    }

    [Fact]
    public async Task Stop_RequestThatDoesNotEnd_IsCutOffWhenTheHostHasWaited()
    {
        await using var program = await HopProgram.StartAsync(app => app.Run(static context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted)));
        await using var exchange = await OpenAsync(program);
        await Eventually.TrueAsync(() => program.Gate.Ongoing == 1);
        using var patience = new CancellationTokenSource();
        var stopping = program.StopAsync(patience.Token);
        await Eventually.TrueAsync(() => program.IsDraining);
        await patience.CancelAsync();
        await stopping.WaitAsync(Eventually.Patience);
        (await Should.ThrowAsync<HopResetException>(exchange.ReadReplyAsync())).Code.ShouldBe(HopResetCode.Lost);
        await Eventually.TrueAsync(() => program.Gate.Ongoing == 0);
    }

    [Fact]
    public async Task Call_IsGivenItsStream_AndItsSlotIsFreeBeforeItsAnswer()
    {
        await using var program = await HopProgram.StartAsync(
            static _ => { },
            static call =>
            {
                call.Leave();
                call.Stream.SendHead("head"u8, call.Stream.InlineBody.Span, isComplete: true);
                return Task.CompletedTask;
            },
            limit: 1);
        for (var i = 0; i < 100; i++)
        {
            await using var call = await program.Client.OpenAsync(HopKind.Call, "x"u8.ToArray(), "body"u8.ToArray(), isComplete: true, CancellationToken.None);
            (await call.WaitAnswerAsync()).ShouldBe(HopAnswer.Answered);
            Encoding.UTF8.GetString(call.InlineBody.Span).ShouldBe("body");
        }
    }

    [Fact]
    public async Task Head_ThatCantBeRead_IsResetAndNothingElseSuffers()
    {
        await using var program = await HopProgram.StartAsync(app => app.Run(static context => context.Response.WriteAsync("ok")));
        await using var broken = await program.Client.OpenAsync(HopKind.Http, new byte[] { 255, 255, 1 }, default, isComplete: true, CancellationToken.None);
        (await Should.ThrowAsync<HopResetException>(broken.WaitAnswerAsync().AsTask())).Code.ShouldBe(HopResetCode.ProtocolError);
        (await program.GetAsync("/")).Text.ShouldBe("ok");
        program.Gate.Ongoing.ShouldBe(0);
    }

    private static Task<HopExchange> OpenAsync(HopProgram program, bool isComplete = true) => program.OpenAsync(HopProgram.HeadOf("GET", "/"), isComplete: isComplete);

    private static void MapSocket(WebApplication app)
    {
        app.UseWebSockets();
        app.Run(static async context =>
        {
            if (!context.WebSockets.IsWebSocketRequest)
            {
                context.Response.StatusCode = 400;
                return;
            }

            context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize.ShouldBeNull();
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            var buffer = new byte[100];
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer, context.RequestAborted);
                if (received.MessageType == WebSocketMessageType.Close)
                    break;
                await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, context.RequestAborted);
            }

            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", context.RequestAborted);
        });
    }

    private static async Task EchoAsync(HopExchange exchange)
    {
        using var socket = WebSocket.CreateFromStream(new StreamPair(exchange.Stream), new WebSocketCreationOptions { IsServer = false });
        var buffer = new byte[100];
        for (var i = 0; i < 10; i++)
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes($"message {i}"), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            var received = await socket.ReceiveAsync(buffer, CancellationToken.None).WaitAsync(Eventually.Patience);
            Encoding.UTF8.GetString(buffer, 0, received.Count).ShouldBe($"message {i}");
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", CancellationToken.None).WaitAsync(Eventually.Patience);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen;)
        {
            var before = Interlocked.CompareExchange(ref most, value, seen);
            if (before == seen)
                return;
            seen = before;
        }
    }
}
