using Serve.OpenInference;
using Serve.Tensors;

namespace Serve.Protocols.Tests;

[Collection(RentedMemory.Alone)]
public sealed class RequestMemoryTests
{
    [Fact]
    public void Dispose_OfARequest_GivesTheMemoryOfItsInputsBack()
    {
        var before = NativeMemoryPool.Shared.RentedBytes;
        var request = new InferenceRequest { Model = "m", Inputs = [new InferenceInput("x", TensorBuffer.Rent(TensorDataType.Float32, 1024))] };
        NativeMemoryPool.Shared.RentedBytes.ShouldBeGreaterThan(before);
        request.Dispose();
        NativeMemoryPool.Shared.RentedBytes.ShouldBe(before);
    }
}
