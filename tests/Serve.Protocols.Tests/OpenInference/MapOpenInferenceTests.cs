using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Serve.Grpc.Health.V1;
using Serve.Grpc.Reflection.V1;
using Serve.OpenInference;
using Serve.OpenInference.Grpc.Messages;
using Serve.Protocols.Tests.Grpc;
using Serve.Protocols.Tests.OpenInference.Grpc;

namespace Serve.Protocols.Tests.OpenInference;

/// <summary>All that is mapped for models together.</summary>
public sealed class MapOpenInferenceTests
{
    private const string Service = "inference.GRPCInferenceService";

    [Fact]
    public async Task Map_AllAtOnce_HealthAndReflectionKnowTheService()
    {
        await using var host = await GrpcHost.StartAsync(app => app.MapOpenInference<TestModels>(), services => services.AddSingleton(new TestModels()));
        var health = await host.CallAsync("/grpc.health.v1.Health/Check", new HealthCheckRequest { Service = Service });
        health.Single(HealthCheckResponse.Parser).Status.ShouldBe(HealthCheckResponse.Types.ServingStatus.Serving);
        var list = await ReflectAsync(host, new ServerReflectionRequest { ListServices = "" });
        list.ListServicesResponse.Service.Select(service => service.Name).ShouldContain(Service);
        var file = await ReflectAsync(host, new ServerReflectionRequest { FileContainingSymbol = $"{Service}.ModelInfer" });
        Google.Protobuf.Reflection.FileDescriptorProto.Parser.ParseFrom(file.FileDescriptorResponse.FileDescriptorProto[0]).Service[0].Method.Count.ShouldBe(GRPCInferenceService.Descriptor.Methods.Count);
        (await host.CallAsync($"/{Service}/ServerLive", new ServerLiveRequest())).Status.ShouldBe(StatusCode.OK);
    }

    private static async Task<ServerReflectionResponse> ReflectAsync(GrpcHost host, ServerReflectionRequest request) =>
        (await host.CallAsync("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", request)).Single(ServerReflectionResponse.Parser);
}
