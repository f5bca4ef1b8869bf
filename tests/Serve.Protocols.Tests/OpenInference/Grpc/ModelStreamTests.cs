using Google.Protobuf;
using Grpc.Core;
using Serve.OpenInference;
using Serve.OpenInference.Grpc;
using Serve.OpenInference.Grpc.Messages;
using Serve.Protocols.Tests.Grpc;
using Serve.Testing;

namespace Serve.Protocols.Tests.OpenInference.Grpc;

/// <summary>Requests in a stream.</summary>
[Collection(RentedMemory.Alone)]
public sealed class ModelStreamTests
{
    private readonly RentedMemory _memory = new();

    [Fact]
    public async Task Stream_RequestsThatEndInAnotherOrder_AreAnsweredInTheirOwn()
    {
        await using var host = await ModelHost.StartAsync();
        var call = StreamAsync(host, [ModelInferTests.Typed("gate", 1, "a"), ModelInferTests.Typed("gate", 2, "b"), ModelInferTests.Typed("gate", 3, "c")]);
        await Eventually.TrueAsync(() => host.Models.MostRunning == 3);
        foreach (var id in (string[])["c", "b", "a"])
            host.Models.Gate(id).SetResult();
        var answers = Answers(await call);
        answers.Select(answer => answer.InferResponse.Id).ShouldBe(["a", "b", "c"]);
        answers.Select(answer => answer.InferResponse.Outputs[0].Contents.IntContents[0]).ShouldBe([1, 2, 3]);
        await _memory.ComesBackAsync();
    }

    [Fact]
    public async Task Stream_MoreRequestsThanMayRun_WaitToBeRead()
    {
        await using var host = await ModelHost.StartAsync();
        string[] ids = [.. Enumerable.Range(0, 100).Select(i => $"{i}")];
        var call = StreamAsync(host, [.. ids.Select(id => ModelInferTests.Typed("gate", 1, id))]);
        await Eventually.TrueAsync(() => host.Models.MostRunning == InferStream.MaxRunning);
        foreach (var id in ids)
            host.Models.Gate(id).SetResult();
        Answers(await call).Select(answer => answer.InferResponse.Id).ShouldBe(ids);
        host.Models.MostRunning.ShouldBe(InferStream.MaxRunning);
        await _memory.ComesBackAsync();
    }

    [Fact]
    public async Task Stream_RequestsWithMoreBytesThanOneMayHave_WaitToBeRead()
    {
        const int Size = 400;
        await using var host = await ModelHost.StartAsync(options: new OpenInferenceOptions { MaxRequestBytes = 1000 });
        string[] ids = [.. Enumerable.Range(0, 10).Select(i => $"{i}")];
        var call = StreamAsync(host, [.. ids.Select(id => new ModelInferRequest
        {
            ModelName = "gate", Id = id, RawInputContents = { ByteString.CopyFrom(new byte[Size]) }, Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "UINT8", Shape = { Size } } },
        })]);
        await Eventually.TrueAsync(() => host.Models.MostRunning == 3);
        foreach (var id in ids)
            host.Models.Gate(id).SetResult();
        Answers(await call).Select(answer => answer.InferResponse.Id).ShouldBe(ids);
        host.Models.MostRunning.ShouldBe(3);
        await _memory.ComesBackAsync();
    }

    [Fact]
    public async Task Stream_RequestsThatFail_TheirErrorIsAnsweredAndTheStreamGoesOn()
    {
        await using var host = await ModelHost.StartAsync();
        var malformed = ModelInferTests.Typed("m", 1, "bad").ToByteArray().Append((byte)0xFF).ToArray();
        byte[] frames =
        [
            .. RawFrames.Frame(ModelInferTests.Typed("unknown", 1, "1").ToByteArray()), .. RawFrames.Frame(malformed),
            .. RawFrames.Frame(ModelInferTests.Typed("fails", 1, "3").ToByteArray()), .. RawFrames.Frame(ModelInferTests.Typed("m", 1, "4").ToByteArray()),
        ];
        var answers = Answers(await host.Host.CallRawAsync(ModelHost.Path("ModelStreamInfer"), frames));
        answers.Select(answer => answer.InferResponse.Id).ShouldBe(["1", "bad", "3", "4"]);
        answers[0].ErrorMessage.ShouldBe("There is no model 'unknown'.");
        answers[1].ErrorMessage.ShouldContain("malformed");
        answers[2].ErrorMessage.ShouldBe("The service failed; its log says why.");
        answers[3].ErrorMessage.ShouldBeEmpty();
        await _memory.ComesBackAsync();
    }

    [Fact]
    public async Task Stream_WithTheWishForAStatus_EndsWithTheFirstError()
    {
        await using var host = await ModelHost.StartAsync();
        byte[] frames =
        [
            .. RawFrames.Frame(ModelInferTests.Typed("m", 1, "1").ToByteArray()), .. RawFrames.Frame(ModelInferTests.Typed("unknown", 1, "2").ToByteArray()),
            .. RawFrames.Frame(ModelInferTests.Typed("wait", 1, "3").ToByteArray()),
        ];
        var reply = await host.Host.CallRawAsync(ModelHost.Path("ModelStreamInfer"), frames, ("triton_grpc_error", "true"));
        (reply.Status, reply.Detail).ShouldBe((StatusCode.NotFound, "There is no model 'unknown'."));
        ModelStreamInferResponse.Parser.ParseFrom(reply.Messages.ShouldHaveSingleItem()).InferResponse.Id.ShouldBe("1");
        await _memory.ComesBackAsync();
    }

    [Fact]
    public async Task Stream_ThatStaysOpenWithTheWishForAStatus_EndsWithTheFirstErrorAllTheSame()
    {
        await using var host = await ModelHost.StartAsync();
        using var content = new OpenContent(RawFrames.Frame(ModelInferTests.Typed("unknown", 1).ToByteArray()));
        using var response = await host.Host.SendAsync(ModelHost.Path("ModelStreamInfer"), content, CancellationToken.None, ("triton_grpc_error", "true"));
        await response.Content.ReadAsByteArrayAsync();
        RawReply.Of(response, []).Status.ShouldBe(StatusCode.NotFound);
        await _memory.ComesBackAsync();
    }

    [Fact]
    public async Task Stream_TheClientGoes_ItsRequestsAreCancelled()
    {
        await using var host = await ModelHost.StartAsync();
        using var leave = new CancellationTokenSource();
        using var content = new OpenContent([.. RawFrames.Frame(ModelInferTests.Typed("wait", 1).ToByteArray()), .. RawFrames.Frame(ModelInferTests.Typed("m", 1).ToByteArray())]);
        var call = host.Host.SendAsync(ModelHost.Path("ModelStreamInfer"), content, leave.Token);
        await host.Models.Waiting.Task.WaitAsync(Eventually.Patience);
        await leave.CancelAsync();
        await host.Models.Cancelled.Task.WaitAsync(Eventually.Patience);
        await Should.ThrowAsync<OperationCanceledException>(() => call);
        await _memory.ComesBackAsync();
    }

    [Fact]
    public async Task Stream_TheDeadlinePasses_ItEndsWithThatStatus()
    {
        await using var host = await ModelHost.StartAsync();
        var reply = await host.Host.CallRawAsync(ModelHost.Path("ModelStreamInfer"), RawFrames.Frame(ModelInferTests.Typed("wait", 1).ToByteArray()), ("grpc-timeout", "100m"));
        reply.Status.ShouldBe(StatusCode.DeadlineExceeded);
        await _memory.ComesBackAsync();
    }

    [Fact]
    public async Task Stream_WithTheWishForAFinalResponse_TheAnswerIsMarked()
    {
        await using var host = await ModelHost.StartAsync();
        var request = ModelInferTests.Typed("m", 1);
        request.Parameters["triton_enable_empty_final_response"] = new InferParameter { BoolParam = true };
        Answers(await StreamAsync(host, [request])).ShouldHaveSingleItem().InferResponse.Parameters["triton_final_response"].BoolParam.ShouldBeTrue();
    }

    private static Task<RawReply> StreamAsync(ModelHost host, IReadOnlyList<ModelInferRequest> requests) => host.Host.CallAsync(ModelHost.Path("ModelStreamInfer"), requests);

    private static List<ModelStreamInferResponse> Answers(RawReply reply)
    {
        reply.Status.ShouldBe(StatusCode.OK, reply.Detail);
        return [.. reply.Messages.Select(ModelStreamInferResponse.Parser.ParseFrom)];
    }
}
