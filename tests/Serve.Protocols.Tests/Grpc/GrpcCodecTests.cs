using System.IO.Pipelines;
using Grpc.Core;
using Microsoft.AspNetCore.Routing;
using Serve.Grpc;

namespace Serve.Protocols.Tests.Grpc;

/// <summary>Methods whose messages have codecs of their own.</summary>
public sealed class GrpcCodecTests : IAsyncLifetime
{
    private readonly List<Lent> _lent = [];
    private readonly TaskCompletionSource _reading = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _cancel = new();
    private GrpcHost _host = null!;

    public async Task InitializeAsync() => _host = await GrpcHost.StartAsync(app =>
    {
        IEndpointRouteBuilder endpoints = app;
        var options = new GrpcServiceOptions { MaxReceiveMessageSize = 20_000_000, ResponseCompressionAlgorithm = "gzip" };
        GrpcEndpoints.MapUnary(endpoints, "test.Codec", "Echo", new LentCodec(_lent), static (request, _) => Task.FromResult(new Lent(request.Bytes)), options);
        GrpcEndpoints.MapUnary(endpoints, "test.Codec", "Fail", new LentCodec(_lent), static (_, _) => throw new RpcException(RpcStatus.DefaultCancelled), options);
        GrpcEndpoints.MapDuplex(endpoints, "test.Codec", "Chat", new LentCodec(_lent), static async (requests, responses, _) =>
        {
            await foreach (var request in requests.ReadAllAsync())
            {
                using (request)
                    await responses.WriteAsync(new Lent(request.Bytes));
            }
        }, options);
        GrpcEndpoints.MapDuplex(endpoints, "test.Codec", "ReadAgain", new LentCodec(_lent) { OnRead = () => _reading.TrySetResult() }, ReadAgainAsync, options);
        GrpcEndpoints.MapDuplex(endpoints, "test.Codec", "WriteAgain", new LentCodec(_lent) { OnWrite = () => _cancel.Cancel() }, WriteAgainAsync, options);
    });

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        _cancel.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(17_000_000)]
    public async Task Unary_AnySize_ComesBackAndWhatWasLentIsGivenBack(int size)
    {
        var bytes = new byte[size];
        new Random(2).NextBytes(bytes);
        var reply = await _host.CallRawAsync("/test.Codec/Echo", RawFrames.Frame(bytes));
        reply.Status.ShouldBe(StatusCode.OK, reply.Detail);
        reply.Messages.ShouldHaveSingleItem().AsSpan().SequenceEqual(bytes).ShouldBeTrue();
        _lent.ShouldHaveSingleItem().IsDisposed.ShouldBeTrue();
    }

    [Fact]
    public async Task Unary_ByGzipBothWays_ComesBack()
    {
        var frame = RawFrames.Frame(RawFrames.Gzip([1, 2, 3]), flag: 1);
        var reply = await _host.CallRawAsync("/test.Codec/Echo", frame, ("grpc-encoding", "gzip"), ("grpc-accept-encoding", "gzip"));
        RawFrames.Unzip(reply.Messages.ShouldHaveSingleItem()).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task Unary_ThatFails_GivesBackWhatWasLent()
    {
        (await _host.CallRawAsync("/test.Codec/Fail", RawFrames.Frame([1]))).Status.ShouldBe(StatusCode.Cancelled);
        _lent.ShouldHaveSingleItem().IsDisposed.ShouldBeTrue();
    }

    [Fact]
    public async Task Unary_WithASecondMessage_GivesBackWhatWasLent()
    {
        (await _host.CallRawAsync("/test.Codec/Echo", [.. RawFrames.Frame([1]), .. RawFrames.Frame([2])])).Status.ShouldBe(StatusCode.Unimplemented);
        _lent.ShouldHaveSingleItem().IsDisposed.ShouldBeTrue();
    }

    [Fact]
    public async Task Unary_TheCodecRefuses_IsInvalidArgument()
    {
        var reply = await _host.CallRawAsync("/test.Codec/Echo", RawFrames.Frame([LentCodec.Wrong, 1, 1]));
        (reply.Status, reply.Detail).ShouldBe((StatusCode.InvalidArgument, "wrong byte"));
    }

    [Fact]
    public async Task Duplex_Messages_ComeBackEach()
    {
        var reply = await _host.CallRawAsync("/test.Codec/Chat", [.. RawFrames.Frame([1]), .. RawFrames.Frame([]), .. RawFrames.Frame([2, 3])]);
        reply.Status.ShouldBe(StatusCode.OK, reply.Detail);
        reply.Messages.Select(Convert.ToHexString).ShouldBe(["01", "", "0203"]);
        _lent.ShouldAllBe(lent => lent.IsDisposed);
    }

    [Fact]
    public async Task Duplex_AReadIsCancelledWithinAMessage_NoOtherIsFoundBehindIt()
    {
        await using var stream = await RawStream.OpenAsync(_host, "/test.Codec/ReadAgain");
        await stream.WriteAsync([0, 0, 0, 0, 9, 1]);
        await _reading.Task;
        await _cancel.CancelAsync();
        (await _seen.Task).ShouldContain("half read");
    }

    [Fact]
    public async Task Duplex_AReadIsCancelledBeforeAMessage_ReadsItLater()
    {
        await _cancel.CancelAsync();
        await using var stream = await RawStream.OpenAsync(_host, "/test.Codec/ReadAgain");
        await stream.WriteAsync(RawFrames.Frame([1, 2]));
        (await _seen.Task).ShouldBe("0102");
    }

    [Fact]
    public async Task Duplex_AMessageTheCodecRefused_IsFollowedByTheNext()
    {
        await using var stream = await RawStream.OpenAsync(_host, "/test.Codec/ReadAgain");
        await stream.WriteAsync([.. RawFrames.Frame([LentCodec.Wrong]), .. RawFrames.Frame([3])]);
        (await _seen.Task).ShouldBe("03");
    }

    [Fact]
    public async Task Duplex_ACompressedWriteIsCancelled_LeavesNothingOfItBehind()
    {
        var reply = await _host.CallRawAsync("/test.Codec/WriteAgain", [], ("grpc-accept-encoding", "gzip"));
        reply.Status.ShouldBe(StatusCode.OK, reply.Detail);
        RawFrames.Split(reply.Body).Select(frame => Convert.ToHexString(RawFrames.Unzip(frame.Message))).ShouldBe(["02"]);
    }

    private async Task ReadAgainAsync(IAsyncStreamReader<Lent> requests, IServerStreamWriter<Lent> responses, ServerCallContext context)
    {
        await Should.ThrowAsync<Exception>(() => requests.MoveNext(_cancel.Token));
        try
        {
            await requests.MoveNext(context.CancellationToken);
            _seen.SetResult(Convert.ToHexString(requests.Current.Bytes));
        }
        catch (InvalidOperationException exception)
        {
            _seen.SetResult(exception.Message);
        }
    }

    private async Task WriteAgainAsync(IAsyncStreamReader<Lent> requests, IServerStreamWriter<Lent> responses, ServerCallContext context)
    {
        await Should.ThrowAsync<OperationCanceledException>(() => responses.WriteAsync(new Lent([1]), _cancel.Token));
        await responses.WriteAsync(new Lent([2]));
    }

    private sealed class Lent(byte[] bytes) : IDisposable
    {
        public byte[] Bytes => bytes;

        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }

    private sealed class LentCodec(List<Lent> lent) : IMessageCodec<Lent, Lent>
    {
        public const byte Wrong = 0xEE;

        public Action? OnRead { get; init; }

        public Action? OnWrite { get; init; }

        public async ValueTask<Lent> ReadAsync(PipeReader payload, int length, CancellationToken cancellationToken)
        {
            OnRead?.Invoke();
            var bytes = new byte[length];
            await payload.AsStream(leaveOpen: true).ReadExactlyAsync(bytes, cancellationToken);
            if (length > 0 && bytes[0] == Wrong)
                throw new ServeException(ServeError.BadRequest, "wrong byte");
            var one = new Lent(bytes);
            lent.Add(one);
            return one;
        }

        public int SizeOf(Lent message) => message.Bytes.Length;

        public async ValueTask WriteAsync(PipeWriter output, Lent message, CancellationToken cancellationToken)
        {
            await output.WriteAsync(message.Bytes, cancellationToken);
            OnWrite?.Invoke();
        }
    }
}
