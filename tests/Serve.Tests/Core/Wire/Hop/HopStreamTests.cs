using System.IO.Pipelines;
using System.Text;
using Serve.Testing;
using Serve.Wire.Hop;

namespace Serve.Tests.Core.Wire.Hop;

public sealed class HopStreamTests
{
    private static readonly byte[] Head = Encoding.UTF8.GetBytes("head");

    [Fact]
    public async Task Open_SmallExchange_CarriesHeadsBodiesAndLoad()
    {
        await using var pair = new HopPair(async stream =>
        {
            stream.Kind.ShouldBe(HopKind.Call);
            stream.IsInlineComplete.ShouldBeTrue();
            stream.SendHead(Encoding.UTF8.GetBytes("re:" + Text(stream.Head)), stream.InlineBody.Span, isComplete: true);
            await stream.DisposeAsync();
        });
        pair.Load = 7;

        await using var call = await pair.OpenAsync(Head, Encoding.UTF8.GetBytes("body"));

        (await call.WaitAnswerAsync()).ShouldBe(HopAnswer.Answered);
        Text(call.Head).ShouldBe("re:head");
        Text(call.InlineBody).ShouldBe("body");
        call.IsInlineComplete.ShouldBeTrue();
        pair.SeenLoad.ShouldBe(7);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(5_000_000)]
    public async Task WriteAsync_BodiesBothWays_ArriveWhole(int length)
    {
        var body = new byte[length];
        new Random(length).NextBytes(body);
        await using var pair = new HopPair(EchoAsync);

        await using var call = await pair.OpenAsync(Head, isComplete: false);
        (await call.WaitAnswerAsync()).ShouldNotBe(HopAnswer.Refused);
        var sending = call.WriteAsync(body, isComplete: true).AsTask();
        await AnsweredAsync(call);
        var echo = await ReadAllAsync(call.Input);
        await sending;

        echo.ShouldBe(body);
        Text(call.Trailers).ShouldBe("trailers");
        pair.Failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task Open_ManyAtOnce_EachGetsItsOwnAnswer()
    {
        await using var pair = new HopPair(EchoAsync);
        await Parallel.ForAsync(0, 500, async (i, _) =>
        {
            var body = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat($"{i} ", 1 + (i * 37 % 5000))));
            await using var call = await pair.OpenAsync(Head, body.AsMemory(0, 1), isComplete: false);
            var sending = call.WriteAsync(body.AsMemory(1), isComplete: true).AsTask();
            await AnsweredAsync(call);
            (await ReadAllAsync(call.Input)).ShouldBe(body);
            await sending;
        });
        pair.Failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task Refuse_Full_IsAnAnswerAndNothingElse()
    {
        await using var pair = new HopPair(stream =>
        {
            stream.Refuse(HopRefusal.Full);
            stream.Connection.Notify(HopNoticeKind.Free);
            return Task.CompletedTask;
        });

        await using var call = await pair.OpenAsync(Head, isComplete: false);

        (await call.WaitAnswerAsync()).ShouldBe(HopAnswer.Refused);
        call.Refusal.ShouldBe(HopRefusal.Full);
        await Eventually.TrueAsync(() => pair.FreeCount == 1);
    }

    [Fact]
    public async Task WriteAsync_NobodyReads_StopsAtTheWindowAndLeavesOthersAlone()
    {
        var release = new TaskCompletionSource();
        await using var pair = new HopPair(async stream =>
        {
            stream.Accept();
            if (!stream.IsInlineComplete)
                await release.Task;
            await EchoAsync(stream);
        });
        await using var stuck = await pair.OpenAsync(Head, isComplete: false);
        var written = 0;
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < 32; i++)
            {
                await stuck.WriteAsync(new byte[64 * 1024]);
                Interlocked.Add(ref written, 64 * 1024);
            }

            await stuck.CompleteAsync();
        });
        await Eventually.TrueAsync(() => Volatile.Read(ref written) == HopLimits.StreamWindow);

        await using var other = await pair.OpenAsync(Head, Encoding.UTF8.GetBytes("quick"));
        await AnsweredAsync(other);
        Text(await ReadAllAsync(other.Input)).ShouldBe("quick");
        writing.IsCompleted.ShouldBeFalse();
        Volatile.Read(ref written).ShouldBe(HopLimits.StreamWindow);
        release.SetResult();
        await AnsweredAsync(stuck);
        (await ReadAllAsync(stuck.Input)).Length.ShouldBe(32 * 64 * 1024);
        await writing;
    }

    [Fact]
    public async Task Dispose_ByTheClient_CancelsTheServersToken()
    {
        var aborted = new TaskCompletionSource<HopResetCode?>();
        await using var pair = new HopPair(async stream =>
        {
            await using (stream)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stream.Aborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                aborted.SetResult(stream.ResetCode);
            }
        });

        var call = await pair.OpenAsync(Head);
        await call.DisposeAsync();

        (await aborted.Task).ShouldBe(HopResetCode.Cancelled);
    }

    [Fact]
    public async Task Reset_ByTheServer_FailsWhatTheClientWaitsFor()
    {
        await using var pair = new HopPair(stream =>
        {
            if (!stream.IsInlineComplete)
                stream.SendHead(Head, "part"u8, isComplete: false);
            stream.Reset(HopResetCode.Failed, "it broke");
            return stream.DisposeAsync().AsTask();
        });

        await using var unanswered = await pair.OpenAsync(Head);
        var exception = await Should.ThrowAsync<HopResetException>(async () => await unanswered.WaitAnswerAsync());
        exception.Code.ShouldBe(HopResetCode.Failed);
        exception.Reason.ShouldBe("it broke");

        await using var half = await pair.OpenAsync(Head, isComplete: false);
        (await half.WaitAnswerAsync()).ShouldBe(HopAnswer.Answered);
        await Should.ThrowAsync<HopResetException>(async () => await ReadAllAsync(half.Input));
    }

    [Fact]
    public async Task Answer_BeforeTheBodyWasRead_IsWhole()
    {
        await using var pair = new HopPair(async stream =>
        {
            stream.SendHead(Head, "too large"u8, isComplete: true);
            await stream.DisposeAsync();
        });

        await using var call = await pair.OpenAsync(Head, isComplete: false);
        (await call.WaitAnswerAsync()).ShouldBe(HopAnswer.Answered);
        Text(call.InlineBody).ShouldBe("too large");
        await Eventually.TrueAsync(() => call.ResetCode == HopResetCode.Cancelled);
        await Should.ThrowAsync<HopResetException>(async () => await call.WriteAsync(new byte[10]));
        call.Aborted.IsCancellationRequested.ShouldBeFalse();
    }

    [Fact]
    public async Task Listener_Ends_StreamsAreLostAndTheNextIsNotSent()
    {
        await using var pair = new HopPair(async stream => await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stream.Aborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing));
        await using var call = await pair.OpenAsync(Head);
        var answer = call.WaitAnswerAsync().AsTask();
        await pair.Listener.DisposeAsync();

        (await Should.ThrowAsync<HopResetException>(() => answer)).Code.ShouldBe(HopResetCode.Lost);
        await Eventually.TrueAsync(() => pair.LostCount == 1);
        await Should.ThrowAsync<HopNotSentException>(async () => await pair.OpenAsync(Head));
    }

    [Fact]
    public async Task WaitAnswer_Cancelled_LeavesTheStream()
    {
        var release = new TaskCompletionSource();
        await using var pair = new HopPair(async stream =>
        {
            await release.Task;
            await EchoAsync(stream);
        });
        await using var call = await pair.OpenAsync(Head, "x"u8.ToArray());
        using var cancellation = new CancellationTokenSource();
        var waiting = call.WaitAnswerAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => waiting);

        release.SetResult();
        await AnsweredAsync(call);
        Text(await ReadAllAsync(call.Input)).ShouldBe("x");
    }

    [Fact]
    public async Task Notify_ReachesConnectionsOldAndNew_TheLastOfEachKind()
    {
        await using var pair = new HopPair();
        pair.Listener.Notify(5, "old"u8);
        pair.Listener.Notify(5, "first"u8);
        await pair.Client.ConnectAsync(CancellationToken.None);
        await Eventually.TrueAsync(() => pair.Notices.Count == 1);
        pair.Listener.Notify(5, "second"u8);
        await Eventually.TrueAsync(() => pair.Notices.Count == 2);
        pair.Notices.Select(notice => Encoding.UTF8.GetString(notice.Blob)).ShouldBe(["first", "second"]);
        pair.Listener.AnnounceEnd("the end");
        await Eventually.TrueAsync(() => pair.DrainingCount == 1);
    }

    [Fact]
    public async Task Listen_Socket_IsForItsOwnerOnly()
    {
        await using var pair = new HopPair();
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(pair.SocketPath).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private static async Task EchoAsync(HopStream stream)
    {
        await using (stream)
        {
            if (!stream.IsInlineComplete)
                stream.Accept();
            stream.SendHead(Head, default, isComplete: false);
            while (true)
            {
                var read = await stream.Input.ReadAsync();
                await stream.WriteAsync(read.Buffer);
                stream.Input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                    break;
            }

            stream.SendTrailers("trailers"u8);
        }
    }

    private static async Task AnsweredAsync(HopStream call)
    {
        HopAnswer answer;
        while ((answer = await call.WaitAnswerAsync()) == HopAnswer.Accepted)
        {
        }

        answer.ShouldBe(HopAnswer.Answered);
    }

    private static async Task<byte[]> ReadAllAsync(PipeReader input)
    {
        using var all = new MemoryStream();
        await input.CopyToAsync(all);
        return all.ToArray();
    }

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}
