using Google.Protobuf.Reflection;
using Grpc.Core;
using Serve.Grpc.Reflection.V1;
using Question = Serve.Grpc.Reflection.V1.ServerReflectionRequest.MessageRequestOneofCase;

namespace Serve.Grpc;

/// <summary>Answers what clients ask about the services of the program.</summary>
internal sealed class ReflectionAnswers(MappedServices services)
{
    private readonly Lazy<DescriptorIndex> _index = new(() => new DescriptorIndex(services.Descriptors));

    public ServerReflectionResponse Answer(ServerReflectionRequest request)
    {
        var answer = request.MessageRequestCase switch
        {
            Question.ListServices => List(),
            Question.FileByFilename => File(_index.Value.FindFile(request.FileByFilename), $"There is no file '{request.FileByFilename}' here."),
            Question.FileContainingSymbol => File(_index.Value.FindSymbol(request.FileContainingSymbol), $"No file here has the symbol '{request.FileContainingSymbol}'."),
            Question.FileContainingExtension => File(
                _index.Value.FindExtension(request.FileContainingExtension.ContainingType, request.FileContainingExtension.ExtensionNumber),
                $"No file here has the extension {request.FileContainingExtension.ExtensionNumber} of '{request.FileContainingExtension.ContainingType}'."),
            Question.AllExtensionNumbersOfType => Extensions(request.AllExtensionNumbersOfType),
            _ => Error(StatusCode.InvalidArgument, "The request asks nothing that is known here."),
        };
        answer.ValidHost = request.Host;
        answer.OriginalRequest = request;
        return answer;
    }

    private ServerReflectionResponse List() => new()
    {
        ListServicesResponse = new ListServiceResponse { Service = { services.Names.Select(static name => new ServiceResponse { Name = name }) } },
    };

    /// <summary>A file with all that it imports: first the one that was asked for, which is where clients look, then the others, those that import before what they import.</summary>
    private static ServerReflectionResponse File(FileDescriptor? file, string missing)
    {
        if (file is null)
            return Error(StatusCode.NotFound, missing);
        var files = new List<FileDescriptor>();
        Gather(file, files);
        files.Reverse();
        return new() { FileDescriptorResponse = new FileDescriptorResponse { FileDescriptorProto = { files.Select(static one => one.SerializedData) } } };
    }

    private static void Gather(FileDescriptor file, List<FileDescriptor> files)
    {
        if (files.Contains(file))
            return;
        foreach (var dependency in file.Dependencies)
            Gather(dependency, files);
        files.Add(file);
    }

    private ServerReflectionResponse Extensions(string type) => _index.Value.FindExtensions(type) is { } numbers
        ? new() { AllExtensionNumbersResponse = new ExtensionNumberResponse { BaseTypeName = type, ExtensionNumber = { numbers } } }
        : Error(StatusCode.NotFound, $"There is no message '{type}' here.");

    private static ServerReflectionResponse Error(StatusCode code, string message) => new() { ErrorResponse = new ErrorResponse { ErrorCode = (int)code, ErrorMessage = message } };
}
