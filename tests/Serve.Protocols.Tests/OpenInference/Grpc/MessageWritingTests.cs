using Serve.OpenInference;
using Serve.OpenInference.Grpc;
using Serve.OpenInference.Grpc.Messages;

namespace Serve.Protocols.Tests.OpenInference.Grpc;

/// <summary>Responses, as Google.Protobuf reads them.</summary>
public sealed class MessageWritingTests
{
    [Fact]
    public async Task Write_AResponseOfAnyForm_GoogleReadsIt()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            using var answer = Answer(random);
            var message = ModelInferResponse.Parser.ParseFrom(await Wires.WriteAsync(answer));
            (message.ModelName, message.ModelVersion, message.Id).ShouldBe((answer.Response.Model, answer.Response.Version, answer.Id ?? ""));
            RequestText.Parameters(message.Parameters).ShouldBe(RequestText.Parameters(answer.Response.Parameters));
            message.Outputs.Count.ShouldBe(answer.Response.Outputs.Count);
            message.RawOutputContents.Count.ShouldBe(answer.Raw ? message.Outputs.Count : 0);
            for (var i = 0; i < message.Outputs.Count; i++)
                Check(message, i, answer.Response.Outputs[i], $"seed {seed}, output {i}");
        }
    }

    [Theory]
    [InlineData(TensorDataType.Float16)]
    [InlineData(TensorDataType.BFloat16)]
    public async Task Write_HalfPrecisionAmongOthersToATypedRequest_AllRaw(TensorDataType half)
    {
        var outputs = new[] { new InferenceOutput("a", TensorBuffer.Copy<float>(TensorDataType.Float32, [1f], 1)), new InferenceOutput("b", TensorBuffer.Copy<ushort>(half, [2], 1)) };
        using var answer = new InferAnswer(new InferenceResponse { Model = "m", Version = "1", Outputs = outputs }, id: null, raw: false);
        var message = ModelInferResponse.Parser.ParseFrom(await Wires.WriteAsync(answer));
        message.Outputs.ShouldAllBe(output => output.Contents == null);
        message.RawOutputContents.Select(raw => raw.Length).ShouldBe([4, 2]);
    }

    [Fact]
    public async Task Write_MoreThanAMessageCanHave_SaysHowMuchItIs()
    {
        // The same megabyte often enough: a response owns its outputs, so each has a share of its own.
        using var tensor = TensorBuffer.Rent(TensorDataType.UInt8, 1 << 20);
        using var answer = new InferAnswer(
            new InferenceResponse { Model = "m", Version = "1", Outputs = [.. Enumerable.Range(0, 2048).Select(i => new InferenceOutput($"o{i}", tensor.Share()))] }, id: null, raw: true);
        var refused = await Should.ThrowAsync<ServeException>(() => Wires.WriteAsync(answer));
        refused.Error.ShouldBe(ServeError.TooLarge);
        refused.Message.ShouldContain("model 'm'");
    }

    [Fact]
    public async Task Write_ManyEmptyTexts_WaitsUntilTheClientHasRoom()
    {
        using var texts = TensorBuffer.CopyTexts(Enumerable.Repeat("", 100_000).ToArray(), 100_000);
        var pipe = new System.IO.Pipelines.Pipe(new System.IO.Pipelines.PipeOptions(pauseWriterThreshold: 1000, resumeWriterThreshold: 500));
        var size = Serve.OpenInference.Grpc.Writing.ElementWriter.SizeOf(texts);
        var writing = Serve.OpenInference.Grpc.Writing.ElementWriter.WriteTypedAsync(pipe.Writer, texts, (int)size, CancellationToken.None).AsTask();
        writing.IsCompleted.ShouldBeFalse();
        var reading = pipe.Reader.CopyToAsync(Stream.Null);
        await writing;
        await pipe.Writer.CompleteAsync();
        await reading;
    }

    [Fact]
    public async Task Write_ForAStream_GoogleReadsAnswersAndErrors()
    {
        var codec = new ModelStreamInferCodec(int.MaxValue);
        using var answered = new StreamAnswer(Answer(new Random(5)), error: null, id: "7");
        using var failed = new StreamAnswer(answer: null, "it failed", "8");
        var first = await ReadAsync(codec, answered);
        (first.ErrorMessage, first.InferResponse.ModelName).ShouldBe(("", answered.Answer!.Response.Model));
        var second = await ReadAsync(codec, failed);
        (second.ErrorMessage, second.InferResponse.Id).ShouldBe(("it failed", "8"));
    }

    private static async Task<ModelStreamInferResponse> ReadAsync(ModelStreamInferCodec codec, StreamAnswer answer)
    {
        var pipe = new System.IO.Pipelines.Pipe(new System.IO.Pipelines.PipeOptions(pauseWriterThreshold: 0));
        var size = codec.SizeOf(answer);
        await codec.WriteAsync(pipe.Writer, answer, CancellationToken.None);
        await pipe.Writer.CompleteAsync();
        using var message = new MemoryStream();
        await pipe.Reader.CopyToAsync(message);
        message.Length.ShouldBe(size);
        return ModelStreamInferResponse.Parser.ParseFrom(message.ToArray());
    }

    private static void Check(ModelInferResponse message, int index, InferenceOutput expected, string where)
    {
        var output = message.Outputs[index];
        (output.Name, output.Datatype).ShouldBe((expected.Name, TensorDataTypes.NameOf(expected.Tensor.DataType)), where);
        output.Shape.ToArray().ShouldBe(expected.Tensor.Shape.ToArray(), where);
        var bytes = message.RawOutputContents.Count > 0 ? message.RawOutputContents[index].ToByteArray() : RequestText.Raw(output.Datatype, output.Contents ?? new InferTensorContents());
        expected.Tensor.Bytes.SequenceEqual(bytes).ShouldBeTrue(where);
    }

    private static InferAnswer Answer(Random random)
    {
        // What a request may hold, an answer may, too.
        var source = RandomRequests.Make(random);
        var outputs = new List<InferenceOutput>();
        for (var index = 0; index < source.Inputs.Count; index++)
        {
            var input = source.Inputs[index];
            TensorDataTypes.TryParse(input.Datatype, out var type).ShouldBeTrue();
            var bytes = source.RawInputContents.Count > 0 ? source.RawInputContents[index].ToByteArray() : RequestText.Raw(input.Datatype, input.Contents ?? new InferTensorContents());
            if (type == TensorDataType.Bool)
                bytes = [.. bytes.Select(value => (byte)(value & 1))];
            long[] shape = [.. input.Shape];
            var tensor = type == TensorDataType.Bytes ? TensorBuffer.RentBytes(bytes.Length, shape) : TensorBuffer.Rent(type, shape);
            bytes.CopyTo(tensor.Bytes);
            outputs.Add(new InferenceOutput(input.Name, tensor));
        }

        var parameters = Enumerable.Range(0, random.Next(5)).ToDictionary(i => $"p{i}{RandomRequests.Text(random, 0)}", _ => RandomRequests.ParameterValue(random));
        var response = new InferenceResponse { Model = source.ModelName, Version = source.ModelVersion, Parameters = parameters, Outputs = outputs };
        return new InferAnswer(response, source.Id.Length == 0 ? null : source.Id, raw: random.Next(2) == 0);
    }
}
