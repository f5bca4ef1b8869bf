using Google.Protobuf.Reflection;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Serve.Grpc.Reflection.V1;
using Serve.Protocols.Tests.Grpc.Protos;

namespace Serve.Protocols.Tests.Grpc;

/// <summary><c>grpc.reflection.v1.ServerReflection</c> and its predecessor.</summary>
public sealed class GrpcReflectionTests : IAsyncLifetime
{
    private GrpcHost _host = null!;

    public async Task InitializeAsync() => _host = await GrpcHost.StartAsync(
        static app =>
        {
            app.MapGrpcReflectionService();
            app.MapGrpcService<ProbeService>();
            app.MapGrpcReflectionService();
        },
        static services => services.AddSingleton<ProbeService>());

    public Task DisposeAsync() => _host.DisposeAsync().AsTask();

    [Theory]
    [InlineData("v1")]
    [InlineData("v1alpha")]
    public async Task ListServices_AnyVersion_NamesAll(string version)
    {
        var answer = await AskAsync(new ServerReflectionRequest { Host = "h", ListServices = "*" }, version);
        answer.ListServicesResponse.Service.Select(service => service.Name).ShouldBe(["grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection", "test.grpc.Probe"]);
        (answer.ValidHost, answer.OriginalRequest.ListServices).ShouldBe(("h", "*"));
    }

    [Theory]
    [InlineData("test.grpc.Probe")]
    [InlineData("test.grpc.Probe.Echo")]
    [InlineData("test.grpc.Text")]
    [InlineData("test.grpc.Text.value")]
    public async Task FileContainingSymbol_OfTheService_IsItsFile(string symbol)
    {
        var answer = await AskAsync(new ServerReflectionRequest { FileContainingSymbol = symbol });
        var file = FileDescriptorProto.Parser.ParseFrom(answer.FileDescriptorResponse.FileDescriptorProto.ShouldHaveSingleItem());
        (file.Package, file.Service[0].Name).ShouldBe(("test.grpc", "Probe"));
        var byName = await AskAsync(new ServerReflectionRequest { FileByFilename = file.Name });
        byName.FileDescriptorResponse.ShouldBe(answer.FileDescriptorResponse);
    }

    [Fact]
    public async Task FileContainingSymbol_OfAFileWithAnImport_IsThatFileAndThenTheImport()
    {
        await using var host = await GrpcHost.StartAsync(static app =>
        {
            app.MapGrpcReflectionService();
            app.MapGrpcService<ImportingService>();
        });
        var answer = (await host.CallAsync("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", new ServerReflectionRequest { FileContainingSymbol = "test.grpc.Importing" })).Single(ServerReflectionResponse.Parser);
        answer.FileDescriptorResponse.FileDescriptorProto.Select(file => FileDescriptorProto.Parser.ParseFrom(file).Name).ShouldBe(["Grpc/Protos/importing.proto", "Grpc/Protos/probe.proto"]);
    }

    [Fact]
    public async Task Questions_WithoutAnAnswer_AreErrorsInsideTheStream()
    {
        ServerReflectionRequest[] questions =
        [
            new() { FileContainingSymbol = "no.Such" },
            new() { FileByFilename = "no.proto" },
            new() { AllExtensionNumbersOfType = "no.Such" },
            new() { FileContainingExtension = new ExtensionRequest { ContainingType = "test.grpc.Text", ExtensionNumber = 5 } },
        ];
        var reply = await _host.CallAsync("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", questions);
        reply.Status.ShouldBe(StatusCode.OK);
        reply.Messages.Select(message => ServerReflectionResponse.Parser.ParseFrom(message).ErrorResponse.ErrorCode).ShouldBe([5, 5, 5, 5]);
    }

    [Fact]
    public async Task AllExtensionNumbers_OfAMessageWithoutAny_AreNone() =>
        (await AskAsync(new ServerReflectionRequest { AllExtensionNumbersOfType = "test.grpc.Text" })).AllExtensionNumbersResponse.ExtensionNumber.ShouldBeEmpty();

    private async Task<ServerReflectionResponse> AskAsync(ServerReflectionRequest request, string version = "v1") =>
        (await _host.CallAsync($"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo", request)).Single(ServerReflectionResponse.Parser);

    private sealed class ImportingService : Importing.ImportingBase;
}
