using Google.Protobuf;
using Serve.OpenInference.Grpc.Messages;

namespace Serve.Protocols.Tests.OpenInference.Grpc;

/// <summary>Requests that are right, however they stand in a message: read as Google.Protobuf reads them.</summary>
[Collection(RentedMemory.Alone)]
public sealed class MessageReadingTests
{
    [Fact]
    public async Task Read_ARequestOfAnyForm_AsGoogleDoes()
    {
        var memory = new RentedMemory();
        for (var seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            var request = RandomRequests.Make(random);
            var message = request.ToByteArray();
            using var whole = await Wires.ReadAsync(message);
            using var pieces = await Wires.ReadInPiecesAsync(message, random);
            RequestText.Of(whole).ShouldBe(RequestText.Of(request), $"seed {seed}");
            RequestText.Of(pieces).ShouldBe(RequestText.Of(request), $"seed {seed}, in pieces");
        }

        memory.ShouldBeBack();
    }

    [Fact]
    public async Task Read_PartsInAnotherOrder_AsGoogleDoes()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var message = Shuffled.Of(RandomRequests.Make(random), random);
            var request = ModelInferRequest.Parser.ParseFrom(message);
            using var whole = await Wires.ReadAsync(message);
            using var pieces = await Wires.ReadInPiecesAsync(message, random);
            RequestText.Of(whole).ShouldBe(RequestText.Of(request), $"seed {seed}");
            RequestText.Of(pieces).ShouldBe(RequestText.Of(request), $"seed {seed}, in pieces");
        }
    }

    [Fact]
    public async Task Read_NumbersThatAreNotPacked_AsGoogleDoes()
    {
        // inputs { name: "x" datatype: "INT32" shape: 2 shape: 3 contents { int_contents: 1 .. 6, each a field of its own } }
        byte[] contents = [0x10, 1, 0x10, 2, 0x10, 3, 0x12, 1, 4, 0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0x10, 6];
        byte[] input = [0x0A, 1, (byte)'x', 0x12, 5, .. "INT32"u8, 0x18, 2, 0x18, 3, 0x2A, (byte)contents.Length, .. contents];
        byte[] message = [0x0A, 1, (byte)'m', 0x2A, (byte)input.Length, .. input];
        using var call = await Wires.ReadAsync(message);
        call.Request.Inputs[0].Tensor.AsSpan<int>().ToArray().ShouldBe([1, 2, 3, 4, -1, 6]);
        RequestText.Of(call).ShouldBe(RequestText.Of(ModelInferRequest.Parser.ParseFrom(message)));
    }

    [Fact]
    public async Task Read_FieldsThatStandTwice_TheLastCounts()
    {
        byte[] message = [.. new ModelInferRequest { ModelName = "a", Id = "1" }.ToByteArray(), .. new ModelInferRequest { ModelName = "b", Id = "2" }.ToByteArray()];
        using var call = await Wires.ReadAsync(message);
        (call.Request.Model, call.Request.Id).ShouldBe(("b", "2"));
    }

    [Fact]
    public async Task Read_FieldsThatNobodyKnows_AreSkipped()
    {
        byte[] unknown = [0xF8, 0x06, 5, 0xFA, 0x06, 3, 1, 2, 3, 0xFD, 0x06, 1, 2, 3, 4, 0xF9, 0x06, 1, 2, 3, 4, 5, 6, 7, 8];
        byte[] large = [0xFA, 0x06, .. Length(3_000_000), .. new byte[3_000_000]];
        byte[] message = [.. unknown, .. new ModelInferRequest { ModelName = "m" }.ToByteArray(), .. large];
        using var whole = await Wires.ReadAsync(message);
        using var pieces = await Wires.ReadInPiecesAsync(message, new Random(2));
        (whole.Request.Model, pieces.Request.Model).ShouldBe(("m", "m"));
    }

    [Theory]
    [InlineData("INT64", 100_000)]
    [InlineData("FP32", 100_000)]
    [InlineData("UINT8", 100_000)]
    [InlineData("BOOL", 100_000)]
    [InlineData("BYTES", 20_000)]
    public async Task Read_ALargeTypedTensorInPieces_NeedsNoMoreMemoryThanTheTensor(string type, int count)
    {
        var input = new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = type, Contents = new InferTensorContents() };
        input.Shape.Add(count);
        for (var i = 0; i < count; i++)
        {
            switch (type)
            {
                case "INT64": input.Contents.Int64Contents.Add(((long)i - 1000) << (i % 40)); break;
                case "FP32": input.Contents.Fp32Contents.Add(i); break;
                case "UINT8": input.Contents.UintContents.Add((uint)i % 256); break;
                case "BOOL": input.Contents.BoolContents.Add(i % 3 == 0); break;
                default: input.Contents.BytesContents.Add(ByteString.CopyFrom(new byte[i % 30])); break;
            }
        }

        var request = new ModelInferRequest { ModelName = "m", Inputs = { input } };
        using var call = await Wires.ReadInPiecesAsync(request.ToByteArray(), new Random(2));
        RequestText.Of(call).ShouldBe(RequestText.Of(request));
        ((nint)call.Request.Inputs[0].Tensor.Address % 64).ShouldBe((nint)0);
    }

    [Fact]
    public async Task Read_LargeRawContentsBeforeTheInputs_LieAligned()
    {
        var bytes = RandomRequests.Bytes(new Random(1), 800_000);
        var input = new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "FP64", Shape = { 100, 1000 } };
        byte[] message =
        [
            .. new ModelInferRequest { RawInputContents = { ByteString.CopyFrom(bytes) } }.ToByteArray(),
            .. new ModelInferRequest { ModelName = "m", Inputs = { input } }.ToByteArray(),
        ];
        using var call = await Wires.ReadInPiecesAsync(message, new Random(3));
        call.Request.Inputs[0].Tensor.Bytes.SequenceEqual(bytes).ShouldBeTrue();
        (call.Request.Inputs[0].Tensor.Address % 64).ShouldBe((nint)0);
    }

    private static byte[] Length(int length) => [(byte)(length | 0x80), (byte)((length >> 7) | 0x80), (byte)((length >> 14) | 0x80), (byte)(length >> 21)];
}
