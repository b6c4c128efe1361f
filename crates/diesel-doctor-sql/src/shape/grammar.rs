//! A grammar of `sqlparser` that counts what the parser asks it, and ends the parsing where that is too much.
//!
//! The parser looks at some tokens again and again: it tries one reading after the other, and in nested syntax each level does so anew. It asks
//! its grammar about each of them, so the number of questions is a measure of its work that depends on neither the machine nor the build.

use std::any::TypeId;
use std::cell::Cell;

use sqlparser::ast::{ColumnOption, Expr, GranteesType, Ident, ObjectNamePart, Statement};
use sqlparser::dialect::{Dialect, Precedence};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};

use super::stack;

/// A grammar that is asked a limited number of questions.
#[derive(Debug)]
pub(super) struct Counted {
    grammar: &'static dyn Dialect,
    asked: Cell<usize>,
    /// How many questions may be asked.
    limit: Cell<usize>,
    lowest_room: Cell<usize>,
}

impl Counted {
    pub(super) fn new(grammar: &'static dyn Dialect, questions: usize) -> Self {
        let lowest_room = Cell::new(usize::MAX);
        Self { grammar, asked: Cell::new(0), limit: Cell::new(questions), lowest_room }
    }

    /// How many questions were asked: a few more than allowed where the parser asked some that cannot end its work.
    pub(super) fn asked(&self) -> usize {
        self.asked.get()
    }

    /// Whether the parser was stopped.
    pub(super) fn is_stopped(&self) -> bool {
        self.asked.get() >= self.limit.get()
    }

    /// The least room that was left on the stack when a question was asked.
    pub(super) fn lowest_room(&self) -> usize {
        self.lowest_room.get()
    }

    /// Counts a question.
    fn count(&self) {
        self.asked.set(self.asked.get().saturating_add(1));
        let room = stack::room().unwrap_or(0);
        self.lowest_room.set(self.lowest_room.get().min(room));
        if room < stack::LEAST {
            self.limit.set(0);
        }
    }

    /// Counts a question that can be answered with an end of the parsing. It is the one error that the parser does not take for a wrong reading.
    fn ask(&self) -> Option<ParserError> {
        self.count();
        self.is_stopped().then_some(ParserError::RecursionLimitExceeded)
    }
}

/// Methods that hand a question on.
macro_rules! hand_on {
    ($($name:ident)*) => { $(fn $name(&self) -> bool { self.grammar.$name() })* };
}

/// The same, counted: the parser asks these at each table and each join.
macro_rules! hand_on_counted {
    ($($name:ident)*) => { $(fn $name(&self) -> bool { self.count(); self.grammar.$name() })* };
}

impl Dialect for Counted {
    fn dialect(&self) -> TypeId {
        self.grammar.dialect()
    }

    fn parse_prefix(&self, parser: &mut Parser<'_>) -> Option<Result<Expr, ParserError>> {
        match self.ask() {
            Some(end) => Some(Err(end)),
            None => self.grammar.parse_prefix(parser),
        }
    }

    fn parse_infix(&self, parser: &mut Parser<'_>, left: &Expr, precedence: u8) -> Option<Result<Expr, ParserError>> {
        match self.ask() {
            Some(end) => Some(Err(end)),
            None => self.grammar.parse_infix(parser, left, precedence),
        }
    }

    fn get_next_precedence(&self, parser: &Parser<'_>) -> Option<Result<u8, ParserError>> {
        match self.ask() {
            Some(end) => Some(Err(end)),
            None => self.grammar.get_next_precedence(parser),
        }
    }

    fn get_next_precedence_default(&self, parser: &Parser<'_>) -> Result<u8, ParserError> {
        self.grammar.get_next_precedence_default(parser)
    }

    fn parse_statement(&self, parser: &mut Parser<'_>) -> Option<Result<Statement, ParserError>> {
        match self.ask() {
            Some(end) => Some(Err(end)),
            None => self.grammar.parse_statement(parser),
        }
    }

    fn prec_unknown(&self) -> u8 {
        self.count();
        self.grammar.prec_unknown()
    }

    fn parse_column_option(
        &self,
        parser: &mut Parser<'_>,
    ) -> Result<Option<Result<Option<ColumnOption>, ParserError>>, ParserError> {
        match self.ask() {
            Some(end) => Err(end),
            None => self.grammar.parse_column_option(parser),
        }
    }

    fn is_column_alias(&self, word: &Keyword, parser: &mut Parser<'_>) -> bool {
        self.grammar.is_column_alias(word, parser)
    }

    fn is_select_item_alias(&self, explicit: bool, word: &Keyword, parser: &mut Parser<'_>) -> bool {
        self.count();
        self.grammar.is_select_item_alias(explicit, word, parser)
    }

    fn is_table_factor(&self, word: &Keyword, parser: &mut Parser<'_>) -> bool {
        self.grammar.is_table_factor(word, parser)
    }

    fn is_table_alias(&self, word: &Keyword, parser: &mut Parser<'_>) -> bool {
        self.grammar.is_table_alias(word, parser)
    }

    fn is_table_factor_alias(&self, explicit: bool, word: &Keyword, parser: &mut Parser<'_>) -> bool {
        self.count();
        self.grammar.is_table_factor_alias(explicit, word, parser)
    }

    fn is_reserved_for_identifier(&self, word: Keyword) -> bool {
        self.grammar.is_reserved_for_identifier(word)
    }

    fn is_identifier_generating_function_name(&self, name: &Ident, parts: &[ObjectNamePart]) -> bool {
        self.grammar.is_identifier_generating_function_name(name, parts)
    }

    fn get_reserved_keywords_for_select_item_operator(&self) -> &[Keyword] {
        self.grammar.get_reserved_keywords_for_select_item_operator()
    }

    fn get_reserved_grantees_types(&self) -> &[GranteesType] {
        self.grammar.get_reserved_grantees_types()
    }

    fn prec_value(&self, precedence: Precedence) -> u8 {
        self.grammar.prec_value(precedence)
    }

    fn identifier_quote_style(&self, name: &str) -> Option<char> {
        self.grammar.identifier_quote_style(name)
    }

    fn is_delimited_identifier_start(&self, character: char) -> bool {
        self.grammar.is_delimited_identifier_start(character)
    }

    fn is_identifier_start(&self, character: char) -> bool {
        self.grammar.is_identifier_start(character)
    }

    fn is_identifier_part(&self, character: char) -> bool {
        self.grammar.is_identifier_part(character)
    }

    fn is_custom_operator_part(&self, character: char) -> bool {
        self.grammar.is_custom_operator_part(character)
    }

    hand_on_counted! {
        supports_array_join_syntax
        supports_values_as_table_factor
    }

    hand_on! {
        supports_string_literal_backslash_escape
        ignores_wildcard_escapes
        supports_unicode_string_literal
        supports_filter_during_aggregation
        supports_window_clause_named_window_reference
        supports_within_after_array_aggregation
        supports_partition_by_after_order_by
        supports_alter_user_as_alter_role
        supports_group_by_expr
        supports_group_by_with_modifier
        supports_left_associative_joins_without_parens
        supports_outer_join_operator
        supports_cross_join_constraint
        supports_connect_by
        supports_execute_immediate
        supports_match_recognize
        supports_in_empty_list
        supports_in_unparenthesized_expr
        supports_start_transaction_modifier
        supports_end_transaction_modifier
        supports_named_fn_args_with_eq_operator
        supports_named_fn_args_with_colon_operator
        supports_named_fn_args_with_assignment_operator
        supports_named_fn_args_with_rarrow_operator
        supports_named_fn_args_with_expr_name
        supports_numeric_prefix
        supports_numeric_literal_underscores
        supports_window_function_null_treatment_arg
        supports_dictionary_syntax
        support_map_literal_syntax
        supports_lambda_functions
        supports_parenthesized_set_variables
        supports_comma_separated_set_assignments
        supports_update_order_by
        supports_select_wildcard_except
        convert_type_before_value
        supports_triple_quoted_string
        supports_trailing_commas
        supports_limit_comma
        supports_string_literal_concatenation
        supports_string_literal_concatenation_with_newline
        supports_projection_trailing_commas
        supports_from_trailing_commas
        supports_column_definition_trailing_commas
        supports_object_name_double_dot_notation
        supports_struct_literal
        supports_empty_projections
        supports_select_expr_star
        supports_from_first_select
        supports_from_first_insert
        supports_pipe_operator
        supports_user_host_grantee
        supports_match_against
        supports_select_wildcard_exclude
        supports_select_exclude
        supports_create_table_multi_schema_info_sources
        supports_select_modifiers
        describe_requires_table_keyword
        allow_extract_custom
        allow_extract_single_quotes
        supports_extract_comma_syntax
        supports_subquery_as_function_arg
        supports_create_view_comment_syntax
        supports_array_typedef_without_element_type
        supports_parens_around_table_factor
        supports_dollar_placeholder
        supports_dollar_as_money_prefix
        supports_create_index_with_clause
        require_interval_qualifier
        supports_explain_with_utility_options
        supports_asc_desc_in_column_definition
        supports_factorial_operator
        supports_bitwise_shift_operators
        supports_nested_comments
        supports_multiline_comment_hints
        supports_eq_alias_assignment
        supports_try_convert
        supports_bang_not_operator
        supports_listen_notify
        supports_exclude_constraint
        supports_load_data
        supports_load_extension
        supports_top_before_distinct
        supports_boolean_literals
        supports_show_like_before_in
        supports_comment_on
        supports_create_table_select
        supports_leading_comma_before_table_options
        supports_partiql
        supports_unpivot_expr
        supports_constraint_keyword_without_name
        supports_key_column_option
        supports_table_sample_before_alias
        supports_insert_set
        supports_insert_table_function
        supports_insert_table_query
        supports_insert_format
        supports_insert_table_alias
        supports_set_stmt_without_operator
        supports_table_versioning
        supports_string_escape_constant
        supports_table_hints
        requires_single_line_comment_whitespace
        supports_array_typedef_with_brackets
        supports_geometric_types
        supports_order_by_all
        supports_order_by_using_operator
        supports_set_names
        supports_space_separated_column_options
        supports_alter_column_type_using
        supports_comma_separated_drop_column_list
        supports_notnull_operator
        supports_data_type_signed_suffix
        supports_interval_options
        supports_create_table_like_parenthesized
        supports_semantic_view_table_factor
        supports_quote_delimited_string
        supports_comment_optimizer_hint
        supports_double_ampersand_operator
        supports_binary_kw_as_cast
        supports_select_wildcard_replace
        supports_select_wildcard_ilike
        supports_select_wildcard_rename
        supports_select_wildcard_with_alias
        supports_optimize_table
        supports_install
        supports_detach
        supports_prewhere
        supports_with_fill
        supports_limit_by
        supports_interpolate
        supports_settings
        supports_select_format
        supports_comma_separated_trim
        supports_cte_without_as
        supports_select_item_multi_column_alias
        supports_xml_expressions
        supports_aliased_function_args
        supports_create_table_using
        supports_long_type_as_bigint
        supports_map_literal_with_angle_brackets
    }
}
