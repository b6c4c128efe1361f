//! The class of a Diesel error: its variant's name. The error's text is not kept, because it may hold values.

use diesel::result::{DatabaseErrorKind, Error};
use diesel_doctor_core::ErrorClass;

pub(crate) fn error_class(error: &Error) -> ErrorClass {
    ErrorClass::new(match error {
        Error::DatabaseError(kind, _) => match kind {
            DatabaseErrorKind::UniqueViolation => "UniqueViolation",
            DatabaseErrorKind::ForeignKeyViolation => "ForeignKeyViolation",
            DatabaseErrorKind::UnableToSendCommand => "UnableToSendCommand",
            DatabaseErrorKind::SerializationFailure => "SerializationFailure",
            DatabaseErrorKind::ReadOnlyTransaction => "ReadOnlyTransaction",
            DatabaseErrorKind::RestrictViolation => "RestrictViolation",
            DatabaseErrorKind::NotNullViolation => "NotNullViolation",
            DatabaseErrorKind::CheckViolation => "CheckViolation",
            DatabaseErrorKind::ExclusionViolation => "ExclusionViolation",
            DatabaseErrorKind::ClosedConnection => "ClosedConnection",
            _ => "DatabaseError",
        },
        Error::InvalidCString(_) => "InvalidCString",
        Error::NotFound => "NotFound",
        Error::QueryBuilderError(_) => "QueryBuilderError",
        Error::DeserializationError(_) => "DeserializationError",
        Error::SerializationError(_) => "SerializationError",
        Error::RollbackTransaction => "RollbackTransaction",
        Error::AlreadyInTransaction => "AlreadyInTransaction",
        Error::NotInTransaction => "NotInTransaction",
        Error::BrokenTransactionManager => "BrokenTransactionManager",
        _ => "Error",
    })
}
