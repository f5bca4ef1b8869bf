using Google.Protobuf;
using Serve.OpenInference.Grpc.Messages;

namespace Serve.Protocols.Tests.OpenInference.Grpc;

/// <summary>Requests that are wrong: what is said of them names the field, its value and what it must be.</summary>
[Collection(RentedMemory.Alone)]
public sealed class MessageRefusalTests
{
    private const string Input = """{"name":"x","datatype":"INT32","shape":[2],"contents":{"intContents":[1,2]}}""";

    [Theory]
    [InlineData("""{"inputs":[INPUT]}""", "model_name is empty")]
    [InlineData("""{"modelName":"m","inputs":[{"datatype":"INT32"}]}""", "inputs[0].name is empty")]
    [InlineData("""{"modelName":"m","inputs":[INPUT,{"name":"y","datatype":"int32"}]}""", "inputs[1].datatype is 'int32'; it must be one of BOOL")]
    [InlineData("""{"modelName":"m","inputs":[{"name":"y","datatype":"INT32","shape":[3,-1]}]}""", "inputs[0].shape[1] is -1")]
    [InlineData("""{"modelName":"m","inputs":[{"name":"y","datatype":"FP64","shape":["9223372036854775807",2]}]}""", "inputs[0].shape [9223372036854775807, 2] of FP64 is too large")]
    [InlineData("""{"modelName":"m","inputs":[{"name":"y","datatype":"FP64","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}]}""", "inputs.shape of 'y' has more than 32 dimensions")]
    [InlineData("""{"modelName":"m","inputs":[{"name":"x","datatype":"INT32","shape":[3],"contents":{"intContents":[1,2]}}]}""", "inputs[0].contents.int_contents has 2 elements; the shape [3] asks for 3")]
    [InlineData("""{"modelName":"m","inputs":[{"name":"x","datatype":"INT32","shape":[2],"contents":{"intContents":[1,2,3]}}]}""", "inputs.contents.int_contents of 'x' has more than the 2 elements that its shape asks for")]
    [InlineData("""{"modelName":"m","inputs":[{"name":"x","datatype":"BYTES","shape":[1],"contents":{"bytesContents":["",""]}}]}""", "inputs.contents.bytes_contents of 'x' has more than the 1 elements that its shape asks for")]
    [InlineData("""{"modelName":"m","inputs":[{"name":"x","datatype":"INT32","shape":[3]}]}""", "inputs[0].contents.int_contents has 0 elements; the shape [3] asks for 3")]
    [InlineData("""{"modelName":"m","inputs":[{"name":"x","datatype":"INT64","shape":[2],"contents":{"intContents":[1,2]}}]}""", "elements in int_contents; those of INT64 belong into int64_contents")]
    [InlineData("""{"modelName":"m","inputs":[{"name":"x","datatype":"INT64","shape":[2],"contents":{"intContents":[1],"int64Contents":[2]}}]}""", "both in int_contents and in int64_contents")]
    [InlineData("""{"modelName":"m","inputs":[{"name":"x","datatype":"INT8","shape":[2],"contents":{"intContents":[127,128]}}]}""", "inputs[0].contents.int_contents[1] does not fit into INT8")]
    [InlineData("""{"modelName":"m","inputs":[{"name":"x","datatype":"INT16","shape":[1],"contents":{"intContents":[-32769]}}]}""", "inputs[0].contents.int_contents[0] does not fit into INT16")]
    [InlineData("""{"modelName":"m","inputs":[{"name":"x","datatype":"UINT8","shape":[2],"contents":{"uintContents":[256,1]}}]}""", "inputs[0].contents.uint_contents[0] does not fit into UINT8")]
    [InlineData("""{"modelName":"m","inputs":[{"name":"x","datatype":"UINT16","shape":[1],"contents":{"uintContents":[4294967295]}}]}""", "inputs[0].contents.uint_contents[0] does not fit into UINT16")]
    [InlineData("""{"modelName":"m","inputs":[{"name":"x","datatype":"FP16","shape":[1],"contents":{"fp32Contents":[1]}}]}""", "inputs[0].contents has no field for FP16; send 'x'")]
    [InlineData("""{"modelName":"m","inputs":[INPUT],"rawInputContents":["AAAAAAAAAAA="]}""", "inputs[0].contents has elements although the request has raw_input_contents; send 'x' raw")]
    [InlineData("""{"modelName":"m","inputs":[{"name":"x","datatype":"INT32","shape":[2]}],"rawInputContents":["AAAA","AAAA"]}""", "raw_input_contents has 2 entries, but there are 1 inputs")]
    [InlineData("""{"modelName":"m","inputs":[{"name":"x","datatype":"INT32","shape":[2]}],"rawInputContents":["AAAA"]}""", "raw_input_contents[0] has 3 bytes; INT32 of shape [2] has 8")]
    [InlineData("""{"modelName":"m","inputs":[{"name":"x","datatype":"BYTES","shape":[2]}],"rawInputContents":["AQAAAGE="]}""", "raw_input_contents[0] has 1 whole elements in its 5 bytes; its shape asks for 2")]
    [InlineData("""{"modelName":"m","inputs":[{"name":"x","datatype":"BYTES","shape":[1]}],"rawInputContents":["AQAAAGFh"]}""", "raw_input_contents[0] has 1 bytes left after its 1 elements")]
    [InlineData("""{"modelName":"m","inputs":[{"name":"x","datatype":"INT32","shape":[2],"parameters":{"shared_memory_region":{"stringParam":"r"}}}]}""", "inputs[0].parameters.shared_memory_region asks for shared memory")]
    [InlineData("""{"modelName":"m","outputs":[{}]}""", "outputs[0].name is empty")]
    [InlineData("""{"modelName":"m","parameters":{"p":{}}}""", "parameters.p has no value")]
    [InlineData("""{"modelName":"m","inputs":[{"name":"x","datatype":"INT32","parameters":{"p":{}}}]}""", "inputs.parameters.p has no value")]
    public async Task Read_WhatDoesNotGoTogether_NamesTheField(string json, string message)
    {
        var memory = new RentedMemory();
        var request = ModelInferRequest.Parser.ParseJson(json.Replace("INPUT", Input, StringComparison.Ordinal)).ToByteArray();
        await ShouldRefuseAsync(request, message);
        memory.ShouldBeBack();
    }

    [Theory]
    [InlineData("0801", "ModelInferRequest, field 1 has the wire type 0; its type has 2")]
    [InlineData("0A", "ModelInferRequest, its last field is cut off")]
    [InlineData("0A05616263", "ModelInferRequest, field 1 has a length of 5 bytes, which is beyond its end")]
    [InlineData("0AFFFFFFFF0F", "ModelInferRequest, field 1 has a length of 4294967295 bytes")]
    [InlineData("0AFFFFFFFFFFFFFFFFFFFF01", "ModelInferRequest, the number of field 1 has more than 10 bytes")]
    [InlineData("00", "ModelInferRequest, a field has no number that there can be")]
    [InlineData("FFFFFFFFFFFFFFFFFFFF01", "ModelInferRequest, a field has no number that there can be")]
    [InlineData("73", "field 14 has the wire type 3; groups are not supported")]
    [InlineData("0E", "field 1 has the wire type 6")]
    [InlineData("0A01FF", "model_name, a text is not valid UTF-8")]
    [InlineData("2A031203FFFE", "inputs, field 2 has a length of 3 bytes, which is beyond its end")]
    [InlineData("2A041202FFFE", "inputs.datatype, a text is not valid UTF-8")]
    [InlineData("2A041A028080", "inputs.shape, the last number is cut off")]
    [InlineData("2A0D1A0BFFFFFFFFFFFFFFFFFFFF01", "inputs.shape, a number has more than 10 bytes")]
    [InlineData("2A052A03320180", "fp32_contents, 1 bytes are no whole number of elements")]
    [InlineData("2A052A03120180", "int_contents, the last number is cut off")]
    [InlineData("2A0F2A0D120BFFFFFFFFFFFFFFFFFFFF01", "int_contents, a number has more than 10 bytes")]
    [InlineData("2A042A024001", "bytes_contents, field 8 has the wire type 0")]
    [InlineData("2205120308012A", "parameters, a parameter is cut off")]
    [InlineData("320212FF", "outputs, its last field is cut off")]
    public async Task Read_WhatIsNoMessage_SaysWhereItIsNot(string hex, string message)
    {
        var memory = new RentedMemory();
        await ShouldRefuseAsync(Convert.FromHexString(hex), message);
        memory.ShouldBeBack();
    }

    [Fact]
    public async Task Read_MoreInputsThanThereMayBe_SaysHowManyThereMayBe()
    {
        var request = new ModelInferRequest { ModelName = "m" };
        request.RawInputContents.Add(Enumerable.Repeat(ByteString.Empty, 1025));
        await ShouldRefuseAsync(request.ToByteArray(), "The request has more than 1024 raw_input_contents.");
    }

    [Fact]
    public async Task Read_SmallNumbersThatAreManyBytesInMemory_IsTooLarge()
    {
        const int Limit = 100_000;
        var memory = new RentedMemory();
        var request = new ModelInferRequest { ModelName = "m" };
        foreach (var name in new[] { "x", "y" })
            request.Inputs.Add(new ModelInferRequest.Types.InferInputTensor { Name = name, Datatype = "INT64", Shape = { 10_000 }, Contents = new InferTensorContents { Int64Contents = { new long[10_000] } } });
        var message = request.ToByteArray();
        message.Length.ShouldBeLessThan(Limit);
        foreach (var refused in new[] { await Should.ThrowAsync<ServeException>(() => Wires.ReadAsync(message, Limit)), await Should.ThrowAsync<ServeException>(() => Wires.ReadInPiecesAsync(message, new Random(1), limit: Limit)) })
        {
            refused.Error.ShouldBe(ServeError.TooLarge);
            refused.Message.ShouldStartWith("With 'y' the tensors of the request have more than 100000 bytes");
        }

        memory.ShouldBeBack();
        using var fits = await Wires.ReadAsync(message, 2 * Limit);
        fits.Request.Inputs.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Read_AnIdOfMegabytes_IsRefused()
    {
        var request = new ModelInferRequest { ModelName = "m", Id = new string('x', 2 << 20) };
        var refused = await Should.ThrowAsync<ServeException>(() => Wires.ReadInPiecesAsync(request.ToByteArray(), new Random(1)));
        refused.Message.ShouldContain("names, ids and parameters may have 1048576");
    }

    private static async Task ShouldRefuseAsync(byte[] message, string expected)
    {
        var whole = await Should.ThrowAsync<ServeException>(() => Wires.ReadAsync(message));
        whole.Error.ShouldBe(ServeError.BadRequest);
        whole.Message.ShouldContain(expected);
        var pieces = await Should.ThrowAsync<ServeException>(() => Wires.ReadInPiecesAsync(message, new Random(1)));
        pieces.Message.ShouldBe(whole.Message);
    }
}
