using Google.Protobuf;
using Grpc.Core;
using Serve.OpenInference;
using Serve.OpenInference.Grpc.Messages;
using Serve.Protocols.Tests.Grpc;
using Serve.Testing;

namespace Serve.Protocols.Tests.OpenInference.Grpc;

/// <summary>Running models over a real connection.</summary>
[Collection(RentedMemory.Alone)]
public sealed class ModelInferTests
{
    private readonly RentedMemory _memory = new();

    [Fact]
    public async Task Infer_RequestsOfAnyForm_AnswersHaveTheirForm()
    {
        await using var host = await ModelHost.StartAsync();
        for (var seed = 0; seed < 60; seed++)
        {
            var request = RandomRequests.Make(new Random(seed));
            request.Outputs.Clear();
            var response = await host.InferAsync(request);
            AsRequest(response).ShouldBe(AsEchoed(request), $"seed {seed}");
        }

        await _memory.ComesBackAsync();
    }

    [Fact]
    public async Task Infer_ManyMegabytes_ComeBackWhole()
    {
        await using var host = await ModelHost.StartAsync();
        var bytes = RandomRequests.Bytes(new Random(1), 16 << 20);
        var response = await host.InferAsync(new ModelInferRequest
        {
            ModelName = "m", Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "UINT8", Shape = { bytes.Length } } }, RawInputContents = { UnsafeByteOperations.UnsafeWrap(bytes) },
        });
        response.RawOutputContents.ShouldHaveSingleItem().Span.SequenceEqual(bytes).ShouldBeTrue();
        await _memory.ComesBackAsync();
    }

    [Fact]
    public async Task Infer_AlwaysRawOutputs_ATypedRequestIsAnsweredRaw()
    {
        await using var host = await ModelHost.StartAsync(options: new OpenInferenceOptions { AlwaysRawOutputs = true });
        var response = await host.InferAsync(Typed("m", 7));
        response.Outputs[0].Contents.ShouldBeNull();
        response.RawOutputContents[0].ToByteArray().ShouldBe([7, 0, 0, 0]);
    }

    [Fact]
    public async Task Infer_WithClassification_AnswersTheBestClasses()
    {
        await using var host = await ModelHost.StartAsync();
        var request = new ModelInferRequest
        {
            ModelName = "m",
            Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "scores", Datatype = "FP32", Shape = { 1, 3 }, Contents = new InferTensorContents { Fp32Contents = { 0.5f, 2f, 1f } } } },
            Outputs = { new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "scores", Parameters = { ["classification"] = new InferParameter { Int64Param = 2 } } } },
        };
        var output = (await host.InferAsync(request)).Outputs.ShouldHaveSingleItem();
        output.Datatype.ShouldBe("BYTES");
        output.Contents.BytesContents.Select(text => text.ToStringUtf8()).ShouldBe(["2:1:dog", "1:2:cow"]);
    }

    [Theory]
    [InlineData("unknown", StatusCode.NotFound, "There is no model 'unknown'.")]
    [InlineData("full", StatusCode.ResourceExhausted, "The line of model 'full' has no room.")]
    [InlineData("fails", StatusCode.Internal, "The service failed; its log says why.")]
    public async Task Infer_AModelThatFails_StatusAndMessageSayWhy(string model, StatusCode status, string detail)
    {
        await using var host = await ModelHost.StartAsync();
        var reply = await host.InferRawAsync(Typed(model, 1).ToByteArray());
        (reply.Status, reply.Detail).ShouldBe((status, detail));
        await _memory.ComesBackAsync();
    }

    [Fact]
    public async Task Infer_TheDeadlinePasses_TheModelIsCancelled()
    {
        await using var host = await ModelHost.StartAsync();
        var reply = await host.InferRawAsync(Typed("wait", 1).ToByteArray(), ("grpc-timeout", "100m"));
        reply.Status.ShouldBe(StatusCode.DeadlineExceeded);
        await host.Models.Cancelled.Task.WaitAsync(Eventually.Patience);
        await _memory.ComesBackAsync();
    }

    [Fact]
    public async Task Infer_TheClientGoes_TheModelIsCancelled()
    {
        await using var host = await ModelHost.StartAsync();
        using var leave = new CancellationTokenSource();
        using var content = new ByteArrayContent(RawFrames.Frame(Typed("wait", 1).ToByteArray()));
        var call = host.Host.SendAsync(ModelHost.Path("ModelInfer"), content, leave.Token);
        await host.Models.Waiting.Task.WaitAsync(Eventually.Patience);
        await leave.CancelAsync();
        await host.Models.Cancelled.Task.WaitAsync(Eventually.Patience);
        await Should.ThrowAsync<OperationCanceledException>(() => call);
        await _memory.ComesBackAsync();
    }

    [Fact]
    public async Task Infer_TheClientGoesInTheMiddleOfAMessage_WhatHasComeIsGivenBack()
    {
        await using var host = await ModelHost.StartAsync();
        var frame = RawFrames.Frame(new ModelInferRequest { ModelName = "m", RawInputContents = { ByteString.CopyFrom(new byte[1 << 20]) } }.ToByteArray());
        using var leave = new CancellationTokenSource();
        using var content = new OpenContent(frame[..(1 << 19)]);
        var call = host.Host.SendAsync(ModelHost.Path("ModelInfer"), content, leave.Token);
        await _memory.IsTakenAsync();
        await leave.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => call);
        await _memory.ComesBackAsync();
    }

    [Fact]
    public async Task Infer_MoreThanARequestMayHave_SaysTheLimit()
    {
        await using var host = await ModelHost.StartAsync(options: new OpenInferenceOptions { MaxRequestBytes = 1000 });
        var reply = await host.InferRawAsync(new byte[1001]);
        reply.Status.ShouldBe(StatusCode.ResourceExhausted);
        reply.Detail.ShouldContain("1000");
    }

    [Fact]
    public async Task Infer_CompressedByGzip_IsReadAsAnyOther()
    {
        await using var host = await ModelHost.StartAsync();
        var message = RawFrames.Gzip(Typed("m", 3).ToByteArray());
        var reply = await host.Host.CallRawAsync(ModelHost.Path("ModelInfer"), RawFrames.Frame(message, flag: 1), ("grpc-encoding", "gzip"));
        reply.Single(ModelInferResponse.Parser).Outputs[0].Contents.IntContents.ShouldBe([3]);
    }

    internal static ModelInferRequest Typed(string model, int value, string id = "") => new()
    {
        ModelName = model, Id = id, Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "INT32", Shape = { 1 }, Contents = new InferTensorContents { IntContents = { value } } } },
    };

    private static string AsEchoed(ModelInferRequest request)
    {
        var echoed = request.Clone();
        echoed.ModelVersion = request.ModelVersion.Length == 0 ? "1" : request.ModelVersion;
        foreach (var input in echoed.Inputs)
            input.Parameters.Clear();
        return RequestText.Of(echoed);
    }

    private static string AsRequest(ModelInferResponse response)
    {
        var request = new ModelInferRequest { ModelName = response.ModelName, ModelVersion = response.ModelVersion, Id = response.Id };
        request.Parameters.Add(response.Parameters);
        request.RawInputContents.Add(response.RawOutputContents);
        request.Inputs.Add(response.Outputs.Select(output => ModelInferRequest.Types.InferInputTensor.Parser.ParseFrom(output.ToByteArray())));
        return RequestText.Of(request);
    }
}
