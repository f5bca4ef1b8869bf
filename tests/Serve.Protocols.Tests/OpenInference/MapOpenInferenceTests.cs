using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Serve.Grpc;
using Serve.Grpc.Health.V1;
using Serve.Grpc.Reflection.V1;
using Serve.OpenInference;
using Serve.OpenInference.Grpc.Messages;
using Serve.Protocols.Tests.Grpc;
using Serve.Protocols.Tests.OpenInference.Grpc;
using Serve.Testing;
using ServingStatus = Serve.Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

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
        health.Single(HealthCheckResponse.Parser).Status.ShouldBe(ServingStatus.Serving);
        var list = await ReflectAsync(host, new ServerReflectionRequest { ListServices = "" });
        list.ListServicesResponse.Service.Select(service => service.Name).ShouldContain(Service);
        var file = await ReflectAsync(host, new ServerReflectionRequest { FileContainingSymbol = $"{Service}.ModelInfer" });
        Google.Protobuf.Reflection.FileDescriptorProto.Parser.ParseFrom(file.FileDescriptorResponse.FileDescriptorProto[0]).Service[0].Method.Count.ShouldBe(GRPCInferenceService.Descriptor.Methods.Count);
        (await host.CallAsync($"/{Service}/ServerLive", new ServerLiveRequest())).Status.ShouldBe(StatusCode.OK);
    }

    [Theory]
    [InlineData("")]
    [InlineData(Service)]
    public async Task Health_NothingWasSaid_IsThatOfTheModels(string service)
    {
        var models = new TestModels { IsReady = false };
        await using var host = await GrpcHost.StartAsync(app => app.MapOpenInference<TestModels>(), services => services.AddSingleton(models));
        (await CheckAsync(host, service)).ShouldBe(ServingStatus.NotServing);
        models.IsReady = true;
        (await CheckAsync(host, service)).ShouldBe(ServingStatus.Serving);
    }

    [Fact]
    public async Task Health_OfModelsThatAreNotReady_IsWhatTheProgramSays()
    {
        var health = new GrpcHealth();
        await using var host = await GrpcHost.StartAsync(app => app.MapOpenInference<TestModels>(), services => services.AddSingleton(new TestModels { IsReady = false }).AddSingleton(health));
        health.Set(GrpcHealth.Whole, isServing: true);
        (await CheckAsync(host, Service)).ShouldBe(ServingStatus.Serving);
    }

    [Fact]
    public async Task Health_Watched_TellsWhenTheModelsAreReady()
    {
        var models = new TestModels { IsReady = false };
        var clock = new ManualTimeProvider();
        await using var host = await GrpcHost.StartAsync(app => app.MapOpenInference<TestModels>(), services => services.AddSingleton(models).AddSingleton<TimeProvider>(clock));
        await using var watch = await RawStream.OpenAsync(host, "/grpc.health.v1.Health/Watch");
        await watch.WriteAsync(new HealthCheckRequest());
        watch.Complete();
        (await watch.ReadAsync(HealthCheckResponse.Parser))!.Status.ShouldBe(ServingStatus.NotServing);
        models.IsReady = true;
        var next = watch.ReadAsync(HealthCheckResponse.Parser);
        await Eventually.TrueAsync(() =>
        {
            clock.Advance(HealthSources.Period);
            return next.IsCompleted;
        });
        (await next)!.Status.ShouldBe(ServingStatus.Serving);
    }

    [Fact]
    public async Task Map_WithOptionsOfTheProgram_HoldsThemForModels()
    {
        await using var host = await GrpcHost.StartAsync(
            app => app.MapOpenInference<TestModels>(),
            services => services.AddSingleton(new TestModels()).AddGrpc(options => options.ResponseCompressionAlgorithm = "gzip"));
        foreach (var method in new[] { "ServerLive", "ModelInfer" })
            (await host.CallAsync($"/{Service}/{method}", new ModelInferRequest { ModelName = "echo" }, ("grpc-accept-encoding", "gzip"))).Find("grpc-encoding").ShouldBe("gzip");
    }

    private static async Task<ServingStatus> CheckAsync(GrpcHost host, string service) =>
        (await host.CallAsync("/grpc.health.v1.Health/Check", new HealthCheckRequest { Service = service })).Single(HealthCheckResponse.Parser).Status;

    private static async Task<ServerReflectionResponse> ReflectAsync(GrpcHost host, ServerReflectionRequest request) =>
        (await host.CallAsync("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", request)).Single(ServerReflectionResponse.Parser);
}
